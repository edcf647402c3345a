// Whose call it is: each byte that a holder writes carries his mark, and the bytes of one call at one port
// belong to one holder, both ways. A byte of an earlier holder, or one that an earlier holder reads, shows at
// once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tools/play/stage.h"

namespace offhook::play {

/// Foreign programs come and go without our leave, and may share a port with us for a moment: they are found
/// out, not kept out, so the ledger does not hold them.
enum class Holding : uint8_t { ours, foreign };

class Ledger {
 public:
  explicit Ledger(Stage& stage) : stage_(stage) {}

  /// A mark for a new holder. They are used again after many others.
  uint8_t mark(Holding holding) {
    last_ = last_ == most ? least : static_cast<uint8_t>(last_ + 1);
    marks_[last_] = holding;
    return last_;
  }
  /// What a holder writes.
  static std::string text(uint8_t mark) { return std::string(8, static_cast<char>(mark)); }

  void sent(size_t port, uint64_t call, std::string_view bytes) {
    for (char const c : bytes)
      if (static_cast<uint8_t>(c) >= least && static_cast<uint8_t>(c) <= most)
        belongs(port, call, static_cast<uint8_t>(c), "sent on");
  }
  void read(size_t port, uint64_t call, uint8_t mark) {
    if (call != 0) belongs(port, call, mark, "read from");
  }

 private:
  static constexpr uint8_t least = 0xc0, most = 0xfd;

  void belongs(size_t port, uint64_t call, uint8_t mark, char const* what) {
    if (marks_[mark] == Holding::foreign) return;
    uint8_t const owner = owners_.try_emplace({port, call}, mark).first->second;
    stage_.demand(
        owner == mark, port,
        std::string("law 3: bytes of another holder are ") + what + " call " + std::to_string(call));
  }

  Stage& stage_;
  uint8_t last_ = most;
  std::array<Holding, 256> marks_{};
  std::map<std::pair<size_t, uint64_t>, uint8_t> owners_;
};

}  // namespace offhook::play
