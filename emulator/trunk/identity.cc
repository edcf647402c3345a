#include "emulator/trunk/identity.h"

namespace offhook::trunk {

loop::CallerId identity(std::string_view address) {
  constexpr size_t longest = 15;  // GR-31's name
  loop::CallerId id;
  id.name = address.size() > longest ? address.substr(address.size() - longest) : address;
  return id;
}

}  // namespace offhook::trunk
