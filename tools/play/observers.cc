#include "tools/play/observers.h"

#include <algorithm>
#include <utility>

namespace offhook::play {
namespace {

constexpr Duration travels = 20ms;
constexpr Duration asks_again = 1s;

}  // namespace

void Observers::attach() {
  all_.emplace_back();
  ask(all_.back());
}

void Observers::detach_last() {
  for (size_t i = all_.size(); i-- > 1;)
    if (std::exchange(all_[i].attached, false)) return;
}

void Observers::entry(port::Entry const& entry) {
  uint64_t const epoch = log_.picture().place.epoch;
  for (Observer& observer : all_) {
    if (!observer.attached) continue;
    for (Duration const delay : stage_.arrivals(Grade::notice))
      stage_.after(delay, [this, &observer, epoch, entry] {
        if (observer.follower.on_entry(epoch, entry) == port::Follower::Needs::picture) heard(observer);
      });
  }
}

void Observers::heard(Observer& observer) {
  if (!std::exchange(observer.asking, true)) ask(observer);
}

void Observers::ask(Observer& observer) {
  observer.asking = true;
  for (Duration const delay : stage_.arrivals(Grade::notice))
    stage_.after(delay + stage_.up_to(travels),
                 [&observer, picture = log_.picture()] { (void)observer.follower.on_picture(picture); });
  stage_.after(asks_again, [this, &observer] {
    observer.asking = false;
    bool const needs = observer.follower.needs() == port::Follower::Needs::picture;
    if (observer.attached && needs) ask(observer);
  });
}

bool Observers::agree() const {
  return std::ranges::all_of(all_, [&](Observer const& each) {
    return !each.attached || each.follower.picture() == log_.picture();
  });
}

}  // namespace offhook::play
