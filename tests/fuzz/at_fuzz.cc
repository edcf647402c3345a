// A dialogue with a mad device, and scripts from a mad file. The first byte chooses the script and what is
// read: the rest is what the device says, with bytes from 0xe0 on as orders and the passing of time, or TOML.
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/at/dialogue.h"

namespace {

using namespace offhook;

constexpr size_t sent_limit = 4096;  // for one order or byte
constexpr Duration longest_task = 5min;

class Rig {
 public:
  explicit Rig(uint8_t choice) : dialogue_(at::built_in_scripts()[choice % at::built_in_scripts().size()]) {}

  void play(std::string_view script) {
    for (size_t i = 0; i < script.size();) {
      auto const c = static_cast<uint8_t>(script[i]);
      if (c >= 0xe0) {
        order(c & 0x1f);
        ++i;
        continue;
      }
      size_t n = 1;
      while (i + n < script.size() && static_cast<uint8_t>(script[i + n]) < 0xe0) ++n;
      Bytes const said = as_bytes(script.substr(i, n));
      size_t const read = dialogue_.on_bytes(now_, said);
      OFFHOOK_CHECK(read <= said.size());
      drain();
      i += read == said.size() ? n : read + 1;  // data: one byte of it is the relay's
    }
    // Whatever was said, a task ends.
    pass(longest_task);
    OFFHOOK_CHECK(!dialogue_.busy());
  }

 private:
  void order(unsigned what) {
    static constexpr Duration steps[] = {1ms, 100ms, 300ms, 1100ms, 5s, 8s, 75s, 185s};
    if (what < 8) pass(steps[what]);
    if (what >= 8 && what < 13) start(static_cast<at::Task>(what - 8), "5550101");
    if (what == 13) start(at::Task::dial, "\r\n+++");
    if (what == 14) dialogue_.cancel(now_);
    if (what == 15) dialogue_.forget();
    if (what == 16) {
      at::Dialogue const copy = dialogue_;
      OFFHOOK_CHECK(copy == dialogue_);
    }
    drain();
  }
  void start(at::Task task, std::string_view number) {
    drain();
    under_way_ = true;
    dialogue_.start(now_, task, number);
  }

  void pass(Duration time) {
    Instant const until = now_ + time;
    for (int wakes = 0; auto const next = dialogue_.next_timeout();) {
      if (*next > until) break;
      wakes = *next > now_ ? 0 : wakes + 1;
      OFFHOOK_CHECK(wakes < 16);
      now_ = std::max(now_, *next);
      dialogue_.on_timeout(now_);
      drain();
    }
    now_ = until;
  }

  void drain() {
    size_t sent = 0;
    while (auto const action = dialogue_.poll_action()) {
      if (auto const* send = std::get_if<at::Send>(&*action)) sent += send->bytes.size();
      if (auto const* heard = std::get_if<at::Heard>(&*action))
        OFFHOOK_CHECK(heard->text.size() <= 4 * at::line_limit && heard->caller.number.size() <= 32);
      if (std::holds_alternative<at::Ended>(*action)) {
        OFFHOOK_CHECK(under_way_);
        under_way_ = false;
      }
    }
    OFFHOOK_CHECK(sent <= sent_limit);
    OFFHOOK_CHECK(at::name(dialogue_.state()).size() > 0);
  }

  at::Dialogue dialogue_;
  Instant now_{};
  bool under_way_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size == 0) return 0;
  std::string_view const rest{reinterpret_cast<char const*>(data) + 1, size - 1};
  if (data[0] & 0x80) {
    (void)at::parse_scripts(rest, "fuzz", data[0] & 0x40 ? at::Rest::ignored : at::Rest::refused);
    return 0;
  }
  Rig(data[0]).play(rest);
  return 0;
}
