// CBCP, both roles: nothing is agreed on that was not offered, and no number that cannot be one.
#include "rasd/ppp/cbcp.h"
#include "tests/fuzz/ppp_machine.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

template <class Machine>
struct Target {
  Machine subject;
  CallbackGrant grant;  // of the answerer
  Instant now{};
  bool over = false;

  Machine const& machine() const { return subject; }
  void hear(Bytes packet) { subject.on_packet(now, packet); }
  void order(uint8_t) { pass_time(subject, now); }
  void settle() {
    drain(subject, [&](CbcpAction const& action) {
      if (std::holds_alternative<Buffer>(action)) return;
      OFFHOOK_CHECK(!over);  // it is agreed once, or has failed
      over = true;
      auto const* choice = std::get_if<CallbackChoice>(&action);
      if (!choice) return;
      OFFHOOK_CHECK(choice->kind != CallbackKind::by_caller || is_callback_number(choice->number));
      if constexpr (std::is_same_v<Machine, CbcpAnswerer>) {
        OFFHOOK_CHECK(choice->kind == grant.kind ||
                      (choice->kind == CallbackKind::none && grant.kind == CallbackKind::by_caller));
        OFFHOOK_CHECK(choice->kind != CallbackKind::preset || choice->number == grant.number);
      }
    });
    OFFHOOK_CHECK(over == !subject.next_timeout());
  }
};

template <class Machine>
void run(Machine machine, CallbackGrant grant, uint8_t const* data, size_t size) {
  Target<Machine> target{std::move(machine), std::move(grant)};
  target.subject.start(target.now);
  drive(target, data, size);
  for (int i = 0; i < 100 && !target.over; ++i) {
    pass_time(target.subject, target.now);
    target.settle();
  }
  OFFHOOK_CHECK(target.over);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  CallbackGrant const grants[] = {{}, {CallbackKind::by_caller, {}}, {CallbackKind::preset, "5550199"}, {}};
  CallbackWish wish;
  if (data[0] & 4) wish.number = "5550100";
  wish.required = data[0] & 8;
  if (data[0] & 16)
    run(CbcpAnswerer(grants[data[0] & 3]), grants[data[0] & 3], data + 1, size - 1);
  else
    run(CbcpCaller(wish), {}, data + 1, size - 1);
  return 0;
}
