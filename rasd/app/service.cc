#include "rasd/app/service.h"

#include "rasd/app/auto_service.h"
#include "rasd/app/ppp_service.h"
#include "rasd/app/program_service.h"

namespace offhook::rasd {

Line line_of(serial::Station& station) {
  // The station outlives every service of its port.
  return {[&station] { return station.take_data(); }, [&station] { return station.lend(); }};
}

std::unique_ptr<Service> make_service(Surroundings const& around, ServiceConfig config,
                                      Service::Handlers handlers) {
  bool const program = !config.command.empty() || !config.relay.empty();
  if (!config.ppp) return std::make_unique<ProgramService>(around, std::move(config), std::move(handlers));
  if (!program) return std::make_unique<PppService>(around, std::move(config), std::move(handlers));
  return std::make_unique<AutoService>(around, std::move(config), std::move(handlers));
}

}  // namespace offhook::rasd
