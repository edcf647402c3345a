// PAP and CHAP of every kind, both roles: the authenticator hears a mad peer, the peer a mad authenticator.
// Nobody gets in whom the checker did not accept, and nothing but the right signature makes a peer of
// MS-CHAP-V2 believe.
#include <string>

#include "emulator/base/text.h"
#include "rasd/ppp/auth.h"
#include "rasd/ppp/chap.h"
#include "rasd/ppp/pap.h"
#include "tests/fuzz/ppp_machine.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

constexpr AuthMethod chaps[] = {AuthMethod::chap_md5, AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2,
                                AuthMethod::ms_chap_v2};
constexpr AuthLimits limits{.retries = 2, .rechallenge = 60s};

template <class Machine>
struct Target {
  Machine subject;
  bool verifies;  // otherwise it proves itself
  AuthMethod method;
  Instant now{};
  std::optional<Proof> asked;
  bool accepted = false, outcome = false;
  uint8_t last_id = 0;

  Machine const& machine() const { return subject; }
  void hear(Bytes packet) { subject.on_packet(now, packet); }
  void settle() {
    drain(subject, [&](AuthAction const& action) {
      if (auto const* packet = std::get_if<Buffer>(&action)) {
        OFFHOOK_CHECK(parse_packet(*packet) && packet->size() < 1500);
        last_id = static_cast<uint8_t>((*packet)[1]);
      }
      if (auto const* proof = std::get_if<Proof>(&action)) asked = *proof;
      if (auto const* end = std::get_if<AuthOutcome>(&action)) {
        outcome = true;
        if (verifies) OFFHOOK_CHECK(!end->accepted || accepted);
        if (!verifies && method == AuthMethod::ms_chap_v2) OFFHOOK_CHECK(!end->accepted);
        accepted = false;
      }
    });
  }
  void answer(Answer const& answer) {
    if constexpr (requires { subject.on_answer(now, answer); }) {
      if (!asked) return;
      asked.reset();
      accepted = answer.accepted;
      subject.on_answer(now, answer);
    }
  }
  void order(uint8_t byte) {
    switch (byte & 7) {
      case 0:
        return answer({.accepted = true, .signature = "S="});
      case 1:
        if (asked) answer(check(*asked, "pass"));
        return;
      case 2:
        return answer({.error = 648, .may_change = true});
      case 3:
        return hear(make_packet(static_cast<uint8_t>(byte >> 3 & 7), last_id,
                                as_bytes("E=648 R=1 C=00112233445566778899aabbccddeeff V=3")));
      case 4:
        if constexpr (requires { subject.change_password(now, "new"); }) subject.change_password(now, "new");
        return;
      case 5:
        if constexpr (requires { subject.retry(now, Credentials{}); }) subject.retry(now, {"other", "pass"});
        return;
      case 6:
        if constexpr (requires { subject.give_up(); }) subject.give_up();
        return;
      default:
        return pass_time(subject, now);
    }
  }
};

template <class Machine>
void run(Machine machine, bool verifies, AuthMethod method, uint8_t const* data, size_t size) {
  Target<Machine> target{std::move(machine), verifies, method, {}, {}};
  target.subject.start(target.now);
  drive(target, data, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  Credentials const user{"WORK\\user", "pass"};
  auto const chap = chaps[data[0] >> 2 & 3];
  auto const* const rest = data + 1;
  switch (data[0] & 3) {
    case 0:
      run(PapAuthenticator(), true, AuthMethod::pap, rest, size - 1);
      break;
    case 1:
      run(PapPeer(user), false, AuthMethod::pap, rest, size - 1);
      break;
    case 2:
      run(ChapAuthenticator(chap, "server", Chance({}), limits), true, chap, rest, size - 1);
      break;
    default:
      run(ChapPeer(chap, user, Chance({}), limits, true), false, chap, rest, size - 1);
  }
  return 0;
}
