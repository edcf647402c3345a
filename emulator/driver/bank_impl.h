// The bank's inside: what bank.cc's verbs and bank_impl.cc's wiring share.
#pragma once

#include <map>
#include <unordered_map>

#include "emulator/driver/bank.h"
#include "emulator/driver/call.h"
#include "emulator/driver/port.h"
#include "emulator/driver/profile_store.h"
#include "emulator/driver/remote_ports.h"
#include "emulator/driver/side_channel_server.h"
#include "emulator/driver/trunk.h"
#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/pty/devpts_watch.h"

namespace offhook::driver {

struct Bank::Impl final : PortHost, SideChannelHost, TrunkHost {
  Impl(boost::asio::io_context& context, BankConfig bank_config);

  // ---- start and stop
  Result<void> start();
  Result<void> add_port(size_t index);
  void stop();
  void on_devpts();

  // ---- PortHost
  void act(Instant at, Port& port, loop::Act const& act) override;
  void presented(Port& port) override {
    side_channel.publish(port.index());
    remotes.presented(port);
  }
  bool remote_break(Port& port) override { return remotes.on_break(port); }
  void repointed(Port& port, std::optional<unsigned> old_pts, std::optional<unsigned> new_pts) override;
  void bury(Port& port, io::Fd master) override;
  void save_profiles(Port& port) override;
  void event(Port const& port, std::string_view kind, std::string text) override {
    emit(port.name(), kind, std::move(text));
  }
  bool tracing() const override { return !tracers.empty(); }
  void trace(Port const& port, bool to_dte, Bytes bytes) override;
  void touch(Port& port) override;
  void settle(Instant at) override;
  void opened_or_closed(Port& port) override;

  // ---- SideChannelHost
  std::optional<size_t> port_index(std::string_view name) const override;
  v24::Message state_of(size_t port) const override;
  v24::Status carry_out(size_t port, v24::Message const& message, uint64_t client) override;
  void client_gone(size_t port, uint64_t client) override;

  // ---- TrunkHost (settle: as a port's)
  void touch(Call& call) override;
  std::string port_with(std::string_view number) const override;

  // ---- calls
  void handle(Instant at, exchange::Tell const& tell);
  void handle(Instant at, exchange::Connect const& connect);
  void handle(Instant at, exchange::Disconnect const& disconnect);
  void handle(Instant at, exchange::CallNote const& note);
  void handle(Instant at, exchange::CallOut const& out);
  Call::Party party(exchange::CallId call, exchange::Party const& who, exchange::Apparatus::Role role);
  std::string number_of(exchange::Party const& who) const;
  /// What a call meets: the lines of the ports in it or else the bank's, and where those name no seed one of
  /// its own.
  line::Parameters line_of(Call const& call) const;
  void adopt_line(Instant at, Call& call);
  /// A call that a subscriber has a part in and that is not connected yet.
  CallStatus unconnected(exchange::CallId call, exchange::SubscriberId subscriber) const;
  /// Does something to the carriers of the call on a port and says so; an error where there is none.
  using CarrierAct = std::function<Result<void>(Instant, Call&, line::End near)>;
  Result<void> on_carrier(size_t port, std::string_view what, CarrierAct const& act);
  void set_words(Instant at, Port& port, fault::Parameters parameters);
  void tell_line(Call const& call);
  void retire(Call& call);
  void look_at_settings(Instant at);
  void emit(std::string const& port, std::string_view kind, std::string text,
            std::optional<exchange::CallNote> note = {});

  boost::asio::io_context& io;
  BankConfig config;
  exchange::Exchange exchange;
  ProfileStore profiles;
  io::Alarm alarm;
  io::Alarm::Entry exchange_alarm, tick;
  io::Descriptor devpts;
  SideChannelServer side_channel;
  Trunk trunk;
  Instant started;
  std::vector<std::unique_ptr<Port>> ports;
  RemotePorts remotes;
  std::map<std::string, size_t, std::less<>> by_name;
  std::unordered_map<unsigned, Port*> by_pts;
  std::vector<Port*> open_ports;
  std::map<exchange::CallId, std::unique_ptr<Call>> calls;
  struct Numbers {
    std::string from, to;
  };
  std::map<exchange::CallId, Numbers> numbers;  // of calls from their beginning to their end
  std::vector<std::unique_ptr<Call>> retired;   // until the next settle: one's own alarm may have ended it
  std::vector<Port*> touched_ports;
  std::vector<Call*> touched_calls;
  struct Grave {
    io::Fd master;
    Port* port;
    std::unique_ptr<io::Alarm::Entry> end;
  };
  std::map<uint64_t, Grave> graves;
  uint64_t last_grave = 0;
  std::map<uint64_t, Watcher> watchers;
  std::map<uint64_t, Tracer> tracers;
  uint64_t last_watcher = 0;
  uint64_t last_event = 0;
  bool up = false;
};

}  // namespace offhook::driver
