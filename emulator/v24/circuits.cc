#include "emulator/v24/circuits.h"

namespace offhook::v24 {
namespace {
struct Row {
  std::string_view label, name;
};
constexpr std::array rows{Row{"105/RTS", "rts"}, Row{"106/CTS", "cts"}, Row{"107/DSR", "dsr"},
                          Row{"108/DTR", "dtr"}, Row{"109/DCD", "dcd"}, Row{"125/RI", "ri"}};
}  // namespace

std::string_view label(Circuit c) { return rows[static_cast<size_t>(c)].label; }
std::string_view name(Circuit c) { return rows[static_cast<size_t>(c)].name; }

}  // namespace offhook::v24
