#include "rasd/port/dtr.h"

namespace offhook::port {

uint64_t Dtr::fall(Instant now) {
  state_ = State::falling;
  due_ = now + answer_limit;
  return ++falls_;
}

void Dtr::fell(Instant now, uint64_t fall) {
  if (fall != falls_ || (state_ != State::falling && state_ != State::falling_to_rise)) return;
  state_ = state_ == State::falling ? State::off : State::rising;
  due_ = now + off_for_;
}

bool Dtr::rise() {
  if (state_ == State::told) return true;
  if (!rise_waits()) state_ = state_ == State::falling ? State::falling_to_rise : State::rising;
  return false;
}

bool Dtr::on_timeout(Instant now) {
  if (!due_ || now < *due_) return false;
  bool const rises = rise_waits();
  due_.reset();
  state_ = State::told;  // off for long enough, or not answered: a rise need not wait
  return rises;
}

void Dtr::forget() {
  state_ = State::told;
  due_.reset();
  ++falls_;
}

}  // namespace offhook::port
