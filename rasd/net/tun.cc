// A tun device of this network namespace as a network.
#include <utility>

#include "rasd/net/interface.h"
#include "rasd/net/packets.h"

namespace offhook::net {
namespace {

class Tun : public Network {
 public:
  Tun(boost::asio::io_context& context, TunConfig config) : config_(std::move(config)), packets_(context) {}
  ~Tun() override { packets_.stop(); }

  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    auto made = open_tun(config_.name);
    if (!made) return made.error();
    if (auto done = configure(made->name, agreed, config_.default_route); !done) return done;
    name_ = made->name;
    return packets_.start(std::move(made->packets), std::nullopt, std::move(handlers));
  }
  void down() override { packets_.stop(); }  // the kernel takes the device away with its descriptor
  void from_peer(uint16_t protocol, Bytes packet) override { packets_.from_peer(protocol, packet); }
  void set_ready(bool ready) override { packets_.set_ready(ready); }
  Counters counters() const override { return packets_.counters(); }
  std::string describe() const override { return "tun " + (name_.empty() ? config_.name : name_); }

 private:
  TunConfig config_;
  Packets packets_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Network> make_tun(boost::asio::io_context& context, TunConfig const& config) {
  return std::make_unique<Tun>(context, config);
}

}  // namespace offhook::net
