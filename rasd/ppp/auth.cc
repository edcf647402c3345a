#include "rasd/ppp/auth.h"

#include "emulator/base/text.h"
#include "rasd/ppp/chap.h"
#include "rasd/ppp/digest.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/ms_chap_change.h"

namespace offhook::ppp {
namespace {

bool proves(Proof const& proof, std::string_view secret) {
  switch (proof.method) {
    case AuthMethod::pap:
      return equal_in_constant_time(as_bytes(proof.password), as_bytes(secret));
    case AuthMethod::chap_md5:
      return equal_in_constant_time(proof.response, chap_md5_response(proof.id, secret, proof.challenge));
    case AuthMethod::ms_chap_v1:
      return ms_chap_v1_proves(proof, secret);
    case AuthMethod::ms_chap_v2:
      return ms_chap_v2_proves(proof, secret);
  }
  return false;
}

}  // namespace

Answer check(Proof const& proof, std::optional<std::string_view> secret) {
  Answer const denied{.message = "Access denied"};
  if (!secret) return denied;
  auto changed = proof.change.empty() ? std::nullopt : changed_password(proof, *secret);
  if (proof.change.empty() ? !proves(proof, *secret) : !changed) return denied;
  Answer answer{.accepted = true, .error = 0, .new_password = std::move(changed)};
  std::string const proven = answer.new_password.value_or(std::string(*secret));
  if (is_microsoft(proof.method)) answer.keys = mppe_keys(proof, proven, MppeRole::authenticator);
  if (proof.method == AuthMethod::ms_chap_v2) answer.signature = ms_chap_v2_signature(proof, proven);
  return answer;
}

}  // namespace offhook::ppp
