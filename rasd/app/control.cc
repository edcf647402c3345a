#include "rasd/app/control.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "emulator/base/text.h"
#include "rasd/app/report.h"

namespace offhook::rasd {
namespace {

constexpr size_t longest_message = 500;

enum class For : uint8_t { anybody, administrator };  // anybody: whom the socket lets in

/// A parameter that a method takes.
struct Parameter {
  std::string_view name;
  bool required;
};

}  // namespace

struct Control::Binding {
  std::string_view method;
  For who;
  std::array<Parameter, 2> parameters;
  Answer (Control::*act)(Asked const&);
};

std::span<Control::Binding const> Control::bindings() {
  static constexpr Binding rows[] = {
      {"ports", For::anybody, {}, &Control::ports},
      {"port", For::anybody, {{{"port", true}}}, &Control::port},
      {"who", For::anybody, {{{"port", true}}}, &Control::who},
      {"connections", For::anybody, {}, &Control::connections},
      {"watch", For::anybody, {}, &Control::watch},
      {"disconnect", For::anybody, {{{"entry", false}}}, &Control::disconnect},
      {"hangup", For::administrator, {{{"port", true}}}, &Control::hangup},
      {"reset", For::administrator, {{{"port", true}}}, &Control::reset},
      {"enable", For::administrator, {{{"port", true}}}, &Control::enable},
      {"disable", For::administrator, {{{"port", true}}}, &Control::disable},
      {"clear-stats", For::administrator, {{{"port", true}}}, &Control::clear_stats},
      {"capture", For::administrator, {{{"port", true}}}, &Control::capture},
      {"message", For::administrator, {{{"port", true}, {"text", true}}}, &Control::message},
  };
  return rows;
}

/// "accepted: port, text"
std::string Control::accepted(Binding const& binding) {
  std::string names;
  for (Parameter const& each : binding.parameters)
    if (!each.name.empty()) names.append(names.empty() ? "accepted: " : ", ").append(each.name);
  return names.empty() ? "it has none" : names;
}

Control::Control(Manager& manager, Outlet outlet) : manager_(manager), outlet_(std::move(outlet)) {}
Control::~Control() {
  while (!watchers_.empty()) on_gone(watchers_.begin()->first);
  while (!captures_.empty()) on_gone(captures_.begin()->first);
}

void Control::on_gone(rpc::ClientId client) {
  if (auto const found = watchers_.find(client); found != watchers_.end()) {
    manager_.forget(found->second);
    watchers_.erase(found);
  }
  if (auto const found = captures_.find(client); found != captures_.end()) {
    manager_.taps().remove(found->second);
    captures_.erase(found);
  }
}

void Control::on_request(rpc::ClientId client, rpc::Request const& request) {
  auto const refuse = [&](rpc::Code code, std::string message) {
    if (!request.id.empty()) outlet_.send(client, rpc::fault_line({request.id, code, std::move(message)}));
  };
  auto const binding = std::ranges::find(bindings(), request.method, &Binding::method);
  if (binding == bindings().end()) {
    std::string names;
    for (Binding const& each : bindings()) names.append(names.empty() ? "" : ", ").append(each.method);
    return refuse(rpc::Code::method_not_found,
                  "there is no method '" + escaped(request.method.substr(0, 60)) + "'; there are: " + names);
  }
  auto const user = outlet_.user(client);
  if (!user) return;
  if (binding->who == For::administrator && *user != 0 && *user != ::geteuid())
    return refuse(rpc::Code::failed, "'" + request.method + "' is for the user who runs rasd, and for root");
  Asked asked{client, request.id, *user, {}};
  for (auto const& [name, text] : request.parameters) {
    auto const known = std::ranges::find(binding->parameters, std::string_view(name), &Parameter::name);
    if (known == binding->parameters.end() || known->name.empty())
      return refuse(rpc::Code::invalid_params, request.method + " has no parameter '" +
                                                   escaped(name.substr(0, 60)) + "'; " + accepted(*binding));
    asked.parameters.emplace(name, text);
  }
  for (Parameter const& each : binding->parameters)
    if (each.required && !asked.parameters.contains(each.name))
      return refuse(rpc::Code::invalid_params,
                    request.method + ": the parameter '" + std::string(each.name) + "' is missing");
  answer(asked, (this->*binding->act)(asked));
}

void Control::answer(Asked const& asked, Answer const& answer) {
  if (asked.id.empty()) return;
  if (!answer)
    outlet_.send(asked.client, rpc::fault_line({asked.id, rpc::Code::failed, answer.error().message}));
  else if (!answer->empty())
    outlet_.send(asked.client, rpc::result_line(asked.id, *answer));
}

Control::Answer Control::ports(Asked const&) { return {boost::system::in_place_value, ports_json(manager_)}; }

Control::Answer Control::port(Asked const& asked) {
  auto const port = manager_.find(asked.parameters.at("port"));
  if (!port) return port.error();
  return {boost::system::in_place_value, ports_json(manager_, (*port)->name())};
}

Control::Answer Control::connections(Asked const&) {
  return {boost::system::in_place_value, connections_json(manager_)};
}

/// Who holds it by every sign, whether by our leave or not. Answered when somebody has looked.
Control::Answer Control::who(Asked const& asked) {
  auto const port = manager_.find(asked.parameters.at("port"));
  if (!port) return port.error();
  manager_.who(**port, [this, asked, driver = *port](Result<holder::Findings> const& found) {
    if (found)
      answer(asked, {boost::system::in_place_value, holders_json(*driver, *found)});
    else
      answer(asked, found.error());
  });
  return {boost::system::in_place_value, std::string()};
}

Control::Answer Control::order(Asked const& asked, port::Event const& event) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  (*found)->tell(event);
  return port(asked);
}

Control::Answer Control::hangup(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  auto const& shown = (*found)->machine().shown();
  if (shown.call == 0 && shown.client == 0)
    return error("port ", (*found)->name(), " has no call and no lease: it is ", port::name(shown.state));
  return order(asked, port::HangUp{});
}
Control::Answer Control::reset(Asked const& asked) { return order(asked, port::Reset{}); }

Control::Answer Control::enable(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  if (auto const done = manager_.set_enabled(**found, true); !done) return done.error();
  return port(asked);
}
Control::Answer Control::disable(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  if (auto const done = manager_.set_enabled(**found, false); !done) return done.error();
  return port(asked);
}

Control::Answer Control::clear_stats(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  manager_.clear_statistics((*found)->name());
  return port(asked);
}

Control::Answer Control::message(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  std::string const& text = asked.parameters.at("text");
  bool const printable =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (text.empty() || text.size() > longest_message || !printable)
    return error("a message is 1 to ", std::to_string(longest_message), " bytes without control characters");
  if (auto const said = (*found)->say(text); !said) return said.error();
  return port(asked);
}

Control::Answer Control::watch(Asked const& asked) {
  if (!watchers_.contains(asked.client))
    watchers_.emplace(asked.client, manager_.observe([this, client = asked.client](port::Entry const& entry) {
      outlet_.notify(client, rpc::notification_line("entry", entry_json(entry)));
    }));
  return {boost::system::in_place_value, picture_json(manager_.picture())};
}

/// Every frame from now on, of this call and of those to come. What the client does not take in time is lost
/// to it, and it is told so; the link does not wait.
Control::Answer Control::capture(Asked const& asked) {
  auto const found = manager_.find(asked.parameters.at("port"));
  if (!found) return found.error();
  if (captures_.contains(asked.client)) return error("this connection has a capture already");
  std::string const port = (*found)->name();
  Taps::Tap tap;
  tap.passed = [this, client = asked.client](ppp::Passed const& passed) {
    outlet_.notify(client, rpc::notification_line("frame", frame_json(passed)));
  };
  tap.link = [this, client = asked.client](bool begun) {
    outlet_.notify(client, rpc::notification_line("link", link_json(begun)));
  };
  captures_.emplace(asked.client, manager_.taps().add(port, std::move(tap)));
  return {boost::system::in_place_value, link_json(manager_.taps().has_link(port))};
}

Control::Answer Control::disconnect(Asked const& asked) {
  auto const given = asked.parameters.find("entry");
  std::string const entry = given == asked.parameters.end() ? std::string() : given->second;
  // The client may be gone by then: the outlet knows.
  auto const begun = manager_.disconnect(entry, asked.user, [this, asked] {
    if (!asked.id.empty()) outlet_.send(asked.client, rpc::result_line(asked.id, "{\"disconnected\":true}"));
  });
  if (!begun) return begun.error();
  return {boost::system::in_place_value, std::string()};
}

}  // namespace offhook::rasd
