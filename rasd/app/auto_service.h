// A call whose first bytes say what it wants: LCP, and it gets PPP; anything else, and it gets the program; a
// silence, and it gets what the configuration says. What was read goes to whoever gets the call.
#pragma once

#include "emulator/io/descriptor.h"
#include "rasd/app/service.h"
#include "rasd/ppp/lcp_sniffer.h"

namespace offhook::rasd {

class AutoService final : public Service {
 public:
  AutoService(Surroundings const& around, ServiceConfig config, Handlers handlers);

  void start(CallFacts const& facts, Line line) override;
  void stop(bool at_once) override;
  std::optional<port::Why> line_over() override;
  port::Counters counters() const override;
  pid_t leader() const override;
  Result<void> may_say() const override;
  CallDetails details() const override;

 private:
  void on_readable();
  void look();
  void give_to(AfterSilence who);
  void end(port::Why why, std::string const& text);

  Surroundings around_;
  ServiceConfig config_;
  Handlers handlers_;
  CallFacts facts_;
  io::Descriptor line_;
  io::Alarm::Entry silence_;
  ppp::LcpSniffer sniffer_;
  std::string heard_;
  std::unique_ptr<Service> chosen_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace offhook::rasd
