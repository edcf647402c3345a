#include "rasd/ppp/auth_method.h"

#include <algorithm>

namespace offhook::ppp {
namespace {

struct Row {
  AuthMethod method;
  std::string_view name;
  uint16_t protocol;
  int algorithm;  // of CHAP; PAP has none
};
constexpr Row table[] = {
    {AuthMethod::pap, "PAP", protocol::pap, -1},
    {AuthMethod::chap_md5, "CHAP", protocol::chap, 5},
    {AuthMethod::ms_chap_v1, "MS-CHAP", protocol::chap, 0x80},
    {AuthMethod::ms_chap_v2, "MS-CHAP-V2", protocol::chap, 0x81},
};

}  // namespace

std::string_view name(AuthMethod method) { return table[static_cast<size_t>(method)].name; }

Buffer option_of(AuthMethod method) {
  auto const& row = table[static_cast<size_t>(method)];
  Buffer out;
  put16(out, row.protocol);
  if (row.algorithm >= 0) put8(out, static_cast<unsigned>(row.algorithm));
  return out;
}

std::optional<AuthMethod> method_of(Bytes option) {
  for (auto const& row : table)
    if (std::ranges::equal(option_of(row.method), option)) return row.method;
  return std::nullopt;
}

}  // namespace offhook::ppp
