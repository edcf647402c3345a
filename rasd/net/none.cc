// The network that is none.
#include "rasd/net/network.h"

namespace offhook::net {
namespace {

class None : public Network {
 public:
  Result<void> up(Agreed const&, Handlers) override { return {}; }
  void down() override {}
  void from_peer(uint16_t, Bytes packet) override {
    ++counters_.packets_from_peer;
    counters_.bytes_from_peer += packet.size();
    ++counters_.dropped_from_peer;
  }
  void set_ready(bool) override {}
  Counters counters() const override { return counters_; }
  std::string describe() const override { return "none"; }

 private:
  Counters counters_;
};

}  // namespace

std::unique_ptr<Network> make_none() { return std::make_unique<None>(); }

}  // namespace offhook::net
