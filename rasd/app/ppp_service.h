// PPP with the caller: who he is, an address of the pool's, and a network until one of the two ends hangs up.
#pragma once

#include "rasd/app/ppp_access.h"
#include "rasd/app/service.h"
#include "rasd/net/link_driver.h"

namespace offhook::rasd {

class PppService final : public Service {
 public:
  PppService(Surroundings const& around, ServiceConfig const& config, Handlers handlers);
  ~PppService() override;

  void start(CallFacts const& facts, Line line) override;
  /// LCP says good-bye; `at_once`: it does not.
  void stop(bool at_once) override;
  std::optional<port::Why> line_over() override;
  port::Counters counters() const override;
  Result<void> may_say() const override;
  CallDetails details() const override;

 private:
  void on_phase(ppp::Phase phase);
  void on_proof(ppp::Proof const& proof);
  void on_callback_asked(ppp::CallbackAsked const& asked);
  void on_callback_agreed(ppp::CallbackAgreed const& agreed);
  auth::Verdict judge(ppp::Proof const& proof);
  void on_authenticated(ppp::Authenticated const& what);
  void on_up(net::Agreed const& agreed);
  void on_ended(net::Ended const& how);
  void on_idle(Instant now);
  void answer();
  void leave();
  void log_frames();
  void untap();
  port::Why why_of(net::Ended const& how) const;
  template <class F>
  void later(F f);

  boost::asio::io_context& context_;
  io::Alarm& alarm_;
  Taps* taps_;
  std::shared_ptr<PppAccess> access_;
  Handlers handlers_;
  std::string port_;
  bool may_call_back_ = false;
  std::string called_back_;  // whom we have called
  std::unique_ptr<net::LinkDriver> driver_;
  uint64_t log_tap_ = 0;  // 0: none
  std::string network_;

  std::optional<std::string> user_;   // who has a seat with the gatekeeper
  std::optional<ppp::Ipv4> address_;  // leased
  ppp::CallbackGrant callback_;       // what his account has
  bool calls_back_ = false;           // that was agreed on: the call ends for it
  bool refused_ = false;              // the last proof
  port::Why why_ = port::Why::none;   // of the end
  std::string no_address_;            // why the caller gets none
  struct Pending {
    uint32_t serial;
    ppp::Answer answer;
  };
  std::optional<Pending> pending_;  // an answer that waits
  io::Alarm::Entry answer_due_, idle_due_;
  std::optional<net::Agreed> agreed_;  // while the network is up
  enum class Was : uint8_t { starting, up, stopped, idle, over } was_ = Was::starting;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace offhook::rasd
