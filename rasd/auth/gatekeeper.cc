#include "rasd/auth/gatekeeper.h"

#include "emulator/base/text.h"

namespace offhook::auth {
namespace {

Secret const* find_secret(Keys const& keys, ppp::Proof const& proof) {
  Secrets const& secrets = ppp::is_chap(proof.method) ? keys.chap : keys.pap;
  Secret const* const whole = secrets.find(proof.user, keys.server);
  if (whole && whole->client == proof.user) return whole;
  Secret const* const bare = secrets.find(without_domain(proof.user), keys.server);
  return bare ? bare : whole;
}

}  // namespace

Verdict Gatekeeper::judge(Instant now, LocalTime const& local, std::string_view port, Keys const& keys,
                          ppp::Proof const& proof) {
  std::string const user(without_domain(proof.user));  // an account is one, whatever stands before it
  if (!throttle_.admits(now, port, user))
    return refuse(proof, throttle_.longest_delay(),
                  {ppp::ras::access_denied, "too many failures; not checked"});
  Secret const* const secret = find_secret(keys, proof);
  ppp::Answer answer =
      ppp::check(proof, secret ? std::optional<std::string_view>(secret->secret) : std::nullopt);
  if (!answer.accepted)
    return refuse(
        proof, throttle_.failed(now, port, user),
        {ppp::ras::access_denied, secret ? "the proof is wrong" : "there is no secret for this name"});
  throttle_.succeeded(port, user);
  User const& account = users_.find(proof.user);
  bool const changes = answer.new_password.has_value();
  Decision const decision =
      decide(account, {port, local, calls(user), changes ? local.date : secret->changed});
  if (decision.error != 0) {
    Verdict refused = refuse(proof, Duration(0), decision);
    refused.answer.message = decision.text;
    // A secret that is everybody's is nobody's to change.
    refused.answer.may_change =
        keys.may_change && !changes && secret->client != "*" && decision.error == ppp::ras::password_expired;
    return refused;
  }
  ++calls_[user];
  Verdict verdict;
  verdict.answer = std::move(answer);
  if (changes) verdict.old = *secret;
  verdict.user = user;
  verdict.address = account.address ? account.address : secret->address();
  verdict.addresses = secret->addresses;
  verdict.callback = account.callback;
  verdict.number = account.number;
  return verdict;
}

Verdict Gatekeeper::refuse(ppp::Proof const& proof, Duration delay, Decision const& why) const {
  Verdict verdict;
  verdict.answer = {.accepted = false, .error = why.error, .message = "Access denied"};
  verdict.delay = delay;
  verdict.note = "user '" + escaped(proof.user.substr(0, 64)) + "' is refused by " +
                 std::string(ppp::name(proof.method)) + ", error " + std::to_string(why.error) + ": " +
                 why.text;
  return verdict;
}

void Gatekeeper::leave(std::string_view user) {
  auto const found = calls_.find(user);
  if (found != calls_.end() && --found->second == 0) calls_.erase(found);
}

size_t Gatekeeper::calls(std::string_view user) const {
  auto const found = calls_.find(user);
  return found == calls_.end() ? 0 : found->second;
}

}  // namespace offhook::auth
