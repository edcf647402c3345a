#include "rasd/app/ppp_access.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>

#include "emulator/base/text.h"
#include "emulator/io/alarm.h"
#include "rasd/app/config.h"
#include "rasd/ppp/errors.h"

namespace offhook::rasd {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "rasd";
}

auth::LocalTime local_time() {
  std::time_t const now = std::time(nullptr);
  std::tm wall{};
  ::localtime_r(&now, &wall);
  std::chrono::year_month_day const day(std::chrono::year(wall.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(wall.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(wall.tm_mday)));
  return {static_cast<uint8_t>((wall.tm_wday + 6) % 7),
          static_cast<uint16_t>(wall.tm_hour * 60 + wall.tm_min),
          static_cast<int32_t>(std::chrono::sys_days(day).time_since_epoch().count())};
}

}  // namespace

PppAccess::PppAccess(PppConfig config, net::Pool pool, std::shared_ptr<auth::Gatekeeper> gatekeeper)
    : config_(std::move(config)),
      made_of_(config_),
      pool_(std::make_shared<net::Pool>(std::move(pool))),
      pap_(config_.pap_secrets),
      chap_(config_.chap_secrets),
      gatekeeper_(std::move(gatekeeper)) {
  if (config_.name.empty()) config_.name = host_name();
  pool_->withhold(config_.address);
  for (ppp::Ipv4 const server : config_.dns) pool_->withhold(server);
}

Result<std::shared_ptr<PppAccess>> PppAccess::make(PppConfig config,
                                                   std::shared_ptr<auth::Gatekeeper> gatekeeper) {
  auto pool = net::Pool::parse(config.pool);
  if (!pool) return pool.error();
  std::shared_ptr<PppAccess> made(new PppAccess(std::move(config), *std::move(pool), std::move(gatekeeper)));
  if (auto const read = made->refresh(); !read) return read.error();
  return made;
}

void PppAccess::take_over(PoolPointer former) {
  former->change(*pool_);
  pool_ = std::move(former);
}

Result<void> PppAccess::refresh() {
  for (auth::SecretsFile* file : {&pap_, &chap_})
    if (!file->path().empty())
      if (auto read = file->refresh(); !read) return read;
  return {};
}

auth::Verdict PppAccess::judge(std::string_view port, ppp::Proof const& proof) {
  if (auto const read = refresh(); !read) spdlog::error("{}", read.error().message);
  auto const local = local_time();
  auto verdict =
      gatekeeper_->judge(io::now(), local, port,
                         {pap_.secrets(), chap_.secrets(), config_.name, config_.change_passwords}, proof);
  if (!verdict.old) return verdict;
  auto const kept = chap_.change(*verdict.old, *verdict.answer.new_password, local.date);
  if (kept) {
    spdlog::info("port {}: user '{}' has changed his password", port, verdict.user);
    return verdict;
  }
  leave(verdict.user);
  auth::Verdict refused;
  refused.answer = {
      .accepted = false, .error = ppp::ras::changing_password, .message = "The password was not changed"};
  refused.note = "user '" + escaped(verdict.user) + "' keeps his password: " + kept.error().message;
  return refused;
}

Result<ppp::Ipv4> PppAccess::lease(auth::Verdict const& of) {
  if (of.address)
    if (auto const kept = pool_->reserve(of.user, *of.address); !kept) return kept.error();
  auto address = pool_->lease(of.user);
  if (!address) return address;
  auth::Secret const may{{}, {}, {}, of.addresses};
  if (of.address || may.accepts(*address)) return address;
  pool_->give_back(*address);
  return error("the secret of user '", of.user, "' permits none of the addresses that the pool has");
}

ppp::IpcpConfig PppAccess::ipcp(ppp::Ipv4 peer) const {
  ppp::IpcpConfig made;
  made.own = config_.address;
  made.peer = peer;
  made.dns = config_.dns;
  made.wins = config_.wins;
  if (config_.header_compression) made.vj = ppp::VjMode{};
  return made;
}

ppp::LinkConfig PppAccess::link() const {
  ppp::LinkConfig made;
  made.lcp.mru = config_.mtu;
  made.lcp.accm = config_.accm;
  made.lcp.demand = config_.authentication;
  // A tun device of this host is not: who listens on [::] would be within reach of every caller.
  made.ipv6 = config_.network == NetworkKind::program;
  made.encryption = config_.encryption;
  made.echo.interval = config_.echo;
  made.auth.retries = config_.retries;
  made.ipcp = ipcp(0);
  made.name = config_.name;
  return made;
}

std::unique_ptr<net::Network> PppAccess::make_network(boost::asio::io_context& context) const {
  switch (config_.network) {
    case NetworkKind::slirp: {
      net::SlirpConfig slirp;
      slirp.host_loopback = config_.host_loopback;
      return net::make_slirp(context, slirp);
    }
    case NetworkKind::tun:
      return net::make_tun(context, {});
    case NetworkKind::program:
      return net::make_program(context, {.command = config_.program});
    case NetworkKind::none:
      break;
  }
  return net::make_none();
}

Result<PppAccesses> make_accesses(std::vector<ServiceConfig> const& services, PppAccesses const& before,
                                  Pools& pools, std::shared_ptr<auth::Gatekeeper> const& gatekeeper) {
  PppAccesses made;
  for (ServiceConfig const& service : services) {
    if (!service.ppp) continue;
    auto const old = before.find(service.name);
    if (old != before.end() && old->second->is(*service.ppp)) {
      made.insert(*old);
      continue;
    }
    auto access = PppAccess::make(*service.ppp, gatekeeper);
    if (!access) return error("[service.", service.name, ".ppp]: ", access.error().message);
    made.emplace(service.name, *std::move(access));
  }
  std::erase_if(pools, [](auto const& each) { return each.second.expired(); });
  for (auto const& [name, access] : made) {
    auto& kept = pools[name];
    if (auto former = kept.lock(); former && former != access->pool()) access->take_over(std::move(former));
    kept = access->pool();
  }
  return made;
}

}  // namespace offhook::rasd
