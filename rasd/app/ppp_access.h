// What the links of one PPP service share: its secrets, its addresses, and the gatekeeper of all of rasd.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rasd/app/ppp_config.h"
#include "rasd/auth/gatekeeper.h"
#include "rasd/auth/secrets_file.h"
#include "rasd/net/network.h"
#include "rasd/net/pool.h"
#include "rasd/ppp/link.h"

namespace offhook::rasd {

class PppAccess {
 public:
  /// Reads the secrets. The error names the file, and what is wrong with it.
  static Result<std::shared_ptr<PppAccess>> make(PppConfig config,
                                                 std::shared_ptr<auth::Gatekeeper> gatekeeper);

  /// Secrets that have changed are read again; broken ones are told to the log, and those before them hold.
  auth::Verdict judge(std::string_view port, ppp::Proof const& proof);
  /// Of a call whose caller was accepted.
  void leave(std::string_view user) { gatekeeper_->leave(user); }

  /// The address of a caller; an error where none is free that he may have.
  Result<ppp::Ipv4> lease(auth::Verdict const& of);
  void give_back(ppp::Ipv4 address) { pool_->give_back(address); }
  using PoolPointer = std::shared_ptr<net::Pool>;
  /// Its addresses become those of `former`, which callers of the service as it was still have some of.
  void take_over(PoolPointer former);
  PoolPointer const& pool() const { return pool_; }

  /// For a caller with that address.
  ppp::IpcpConfig ipcp(ppp::Ipv4 peer) const;
  ppp::LinkConfig link() const;
  std::unique_ptr<net::Network> make_network(boost::asio::io_context& context) const;
  PppConfig const& config() const { return config_; }
  /// It is what that would make.
  bool is(PppConfig const& config) const { return made_of_ == config; }

 private:
  PppAccess(PppConfig config, net::Pool pool, std::shared_ptr<auth::Gatekeeper> gatekeeper);
  Result<void> refresh();

  PppConfig config_, made_of_;  // with our name, and as it was given
  PoolPointer pool_;
  auth::SecretsFile pap_, chap_;
  std::shared_ptr<auth::Gatekeeper> gatekeeper_;
};

/// By the service's name.
using PppAccesses = std::map<std::string, std::shared_ptr<PppAccess>, std::less<>>;
struct ServiceConfig;
/// Pools by the service's name, while anybody has an address of theirs, be the service still there or not.
using Pools = std::map<std::string, std::weak_ptr<net::Pool>, std::less<>>;
/// Those of all services that have PPP; what has not changed is taken from `before`. A service that has
/// changed goes on with the pool it had: an address in use is never given twice. After an error nothing is
/// changed.
Result<PppAccesses> make_accesses(std::vector<ServiceConfig> const& services, PppAccesses const& before,
                                  Pools& pools, std::shared_ptr<auth::Gatekeeper> const& gatekeeper);

}  // namespace offhook::rasd
