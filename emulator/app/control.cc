#include "emulator/app/control.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/app/line_keys.h"
#include "emulator/app/report.h"
#include "emulator/base/check.h"
#include "emulator/base/text.h"

namespace offhook::app {
namespace {

constexpr size_t trace_piece = 4096;  // bytes of a chunk that go into one line
constexpr size_t most_notes = 64;

template <class T>
using Words = std::pair<std::string_view, T>;
constexpr std::array<Words<driver::Ends>, 3> end_words{
    {{"near", driver::Ends::near}, {"far", driver::Ends::far}, {"both", driver::Ends::both}}};
constexpr std::array<Words<exchange::Forced>, 5> force_words{{{"busy", exchange::Forced::busy},
                                                              {"no-answer", exchange::Forced::no_answer},
                                                              {"no-dialtone", exchange::Forced::no_dialtone},
                                                              {"voice", exchange::Forced::voice},
                                                              {"none", exchange::Forced::none}}};

/// The table of verbs lets no other words through.
template <class T, size_t n>
T meaning(std::array<Words<T>, n> const& words, std::string_view word) {
  auto const found = std::ranges::find(words, word, &Words<T>::first);
  OFFHOOK_CHECK(found != words.end());
  return found->second;
}

loop::CallerId caller_id(verbs::Call const& call) {
  using Presentation = loop::CallerId::Presentation;
  loop::CallerId id;
  id.name = call.text("name");
  std::string const from = call.text("from");
  if (from == "withheld") {
    id.presentation = Presentation::withheld;
  } else if (!from.empty() && from != "unavailable") {
    id.presentation = Presentation::given;
    id.number = from;
  }
  return id;
}

std::string call_json(exchange::CallId call, std::string_view outcome) {
  return "{\"call\":" + std::to_string(call) + ",\"outcome\":" + json_string(outcome) + "}";
}

}  // namespace

std::vector<Control::Binding> const& Control::bindings() {
  static std::vector<Binding> const table{
      {"status", &Control::status},   {"watch", &Control::watch}, {"trace", &Control::trace},
      {"ring", &Control::ring},       {"drop", &Control::drop},   {"unplug", &Control::unplug},
      {"plug", &Control::plug},       {"line", &Control::line},   {"wedge", &Control::wedge},
      {"restore", &Control::restore}, {"clip", &Control::clip},   {"retrain", &Control::retrain},
      {"fault", &Control::fault},     {"reset", &Control::reset}, {"force", &Control::force},
  };
  return table;
}

Control::Control(driver::Bank& bank, Outlet outlet)
    : bank_(bank),
      outlet_(std::move(outlet)),
      own_watch_(bank.watch([this](driver::Event const& event) { on_bank_event(event); })) {
  for (verbs::Verb const& verb : verbs::table())
    OFFHOOK_CHECK(verb.local != (std::ranges::count(bindings(), verb.name, &Binding::verb) == 1));
}

Control::~Control() {
  bank_.forget(own_watch_);
  while (!streams_.empty()) on_gone(streams_.begin()->first);
}

void Control::on_request(rpc::ClientId client, rpc::Request const& request) {
  Asked const asked{client, request.id};
  auto const refuse = [&](rpc::Code code, std::string message) {
    if (!asked.id.empty()) outlet_.send(client, rpc::fault_line({asked.id, code, std::move(message)}));
  };
  auto const binding = std::ranges::find(bindings(), request.method, &Binding::verb);
  if (binding == bindings().end()) {
    std::string names;
    for (Binding const& b : bindings()) names.append(names.empty() ? "" : ", ").append(b.verb);
    return refuse(rpc::Code::method_not_found,
                  "there is no method '" + escaped(request.method.substr(0, 60)) + "'; there are: " + names);
  }
  auto const call = verbs::read_parameters(*verbs::find(request.method), request.parameters);
  if (!call) return refuse(rpc::Code::invalid_params, call.error().message);
  answer(asked, (this->*binding->act)(asked, *call));
}

void Control::on_gone(rpc::ClientId client) {
  if (auto const found = streams_.find(client); found != streams_.end()) {
    if (found->second.watch != 0) bank_.forget(found->second.watch);
    if (found->second.trace != 0) bank_.forget(found->second.trace);
    streams_.erase(found);
  }
  std::erase_if(waits_, [&](auto const& wait) { return wait.second.client == client; });
}

void Control::answer(Asked const& asked, Answer const& answer) {
  if (asked.id.empty()) return;
  if (!answer)
    outlet_.send(asked.client, rpc::fault_line({asked.id, rpc::Code::failed, answer.error().message}));
  else if (!answer->empty())
    outlet_.send(asked.client, rpc::result_line(asked.id, *answer));
}

Control::Answer Control::after(Result<void> const& done, size_t port) const {
  if (!done) return done.error();
  return {boost::system::in_place_value, "{\"modem\":" + modem_json(bank_.status(port)) + "}"};
}

Control::Answer Control::status(Asked const&, verbs::Call const& call) {
  std::string modems;
  auto const add = [&](size_t port) {
    if (!modems.empty()) modems += ',';
    modems += modem_json(bank_.status(port));
  };
  if (call.given("port")) {
    auto const port = bank_.find(call.text("port"));
    if (!port) return port.error();
    add(*port);
  } else {
    for (size_t port = 0; port < bank_.size(); ++port) add(port);
  }
  return {boost::system::in_place_value, "{\"modems\":[" + modems + "]}"};
}

Control::Answer Control::watch(Asked const& asked, verbs::Call const& call) {
  std::string const only = call.text("port");
  std::string number;  // calls belong to numbers, not to ports
  if (!only.empty()) {
    auto const port = bank_.find(only);
    if (!port) return port.error();
    number = bank_.status(*port).number;
  }
  Streams& streams = streams_[asked.client];
  if (streams.watch != 0) bank_.forget(streams.watch);
  streams.watch = bank_.watch([this, client = asked.client, only, number](driver::Event const& event) {
    bool const concerns = only.empty() || event.port == only ||
                          (event.call && (event.call->from == number || event.call->to == number));
    if (concerns) outlet_.notify(client, rpc::notification_line("event", event_json(event)));
  });
  return {boost::system::in_place_value, "{\"streaming\":\"event\"}"};
}

Control::Answer Control::trace(Asked const& asked, verbs::Call const& call) {
  std::string const only = call.text("port");
  if (!only.empty())
    if (auto const port = bank_.find(only); !port) return port.error();
  Streams& streams = streams_[asked.client];
  if (streams.trace != 0) bank_.forget(streams.trace);
  streams.trace = bank_.trace([this, client = asked.client, only](driver::TraceChunk const& chunk) {
    if (!only.empty() && chunk.port != only) return;
    driver::TraceChunk piece{chunk.at, chunk.port, chunk.to_dte, {}};
    for (size_t at = 0; at < chunk.bytes.size(); at += trace_piece) {
      piece.bytes = chunk.bytes.substr(at, trace_piece);
      outlet_.notify(client, rpc::notification_line("trace", trace_json(piece)));
    }
  });
  return {boost::system::in_place_value, "{\"streaming\":\"trace\"}"};
}

Control::Answer Control::ring(Asked const& asked, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  driver::Bank::RingRequest request;
  request.from = caller_id(call);
  request.rings = static_cast<uint32_t>(call.count("rings").value_or(0));
  request.pattern = static_cast<uint8_t>(call.count("pattern").value_or(0));
  request.to = call.text("to");

  notes_.clear();  // the modem may answer before ring() returns
  auto const id = bank_.ring(*port, request);
  if (!id) return id.error();
  if (!call.flag("wait")) return {boost::system::in_place_value, call_json(*id, "ringing")};
  waits_.emplace(*id, asked);
  for (exchange::CallNote const& note : std::exchange(notes_, {})) finish_waits(note);
  return {boost::system::in_place_value};
}

void Control::on_bank_event(driver::Event const& event) {
  if (!event.call) return;
  if (notes_.size() < most_notes) notes_.push_back(*event.call);
  finish_waits(*event.call);
}

void Control::finish_waits(exchange::CallNote const& note) {
  using Kind = exchange::CallNote::Kind;
  if (note.kind != Kind::answered && note.kind != Kind::ended) return;
  auto const [first, last] = waits_.equal_range(note.call);
  std::vector<Asked> waiting;
  for (auto wait = first; wait != last; ++wait) waiting.push_back(wait->second);
  waits_.erase(first, last);
  for (Asked const& asked : waiting) {
    if (note.kind == Kind::answered)
      answer(asked, Answer(boost::system::in_place_value, call_json(note.call, "answered")));
    else
      answer(asked, error("call ", std::to_string(note.call), " was not answered: ", loop::name(note.cause)));
  }
}

Control::Answer Control::drop(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  if (call.flag("cancel")) {
    if (call.given("after") || call.given("end"))
      return error("drop: --cancel takes neither --after nor --end");
    return after(bank_.cancel_drop(*port), *port);
  }
  driver::Bank::DropRequest request;
  request.ends = meaning(end_words, call.text("end"));
  if (auto const* const after = call.get<verbs::Amount>("after")) {
    if (auto const* const bytes = std::get_if<uint64_t>(after)) request.after_bytes = *bytes;
    if (auto const* const time = std::get_if<Duration>(after)) request.after_time = *time;
  }
  return after(bank_.drop(*port, request), *port);
}

Control::Answer Control::unplug(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.unplug(*port, call.flag("remove")), *port);
}

Control::Answer Control::plug(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.plug(*port), *port);
}

Control::Answer Control::line(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  line::Parameters parameters = bank_.status(*port).line;
  if (auto const preset = call.text("preset"); !preset.empty())
    parameters = preset == "default" ? bank_.configured_line(*port) : line::Parameters{};
  for (auto const& [name, text] : call.parameters()) {
    if (std::ranges::find(line_keys(), name, &LineKey::name) == line_keys().end()) continue;
    if (auto const taken = take_line(name, text, parameters); !taken)
      return error("line: ", name, "=: ", taken.error().message);
  }
  return after(bank_.set_line(*port, parameters), *port);
}

Control::Answer Control::fault(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  fault::Parameters parameters = bank_.status(*port).words;
  if (call.given("preset")) parameters = {};
  if (auto const* const share = call.get<double>("echo")) parameters.wrong_echo = *share;
  if (auto const* const share = call.get<double>("results")) parameters.garbled_results = *share;
  if (auto const* const delay = call.get<Duration>("delay")) parameters.delay = *delay;
  if (auto const seed = call.count("seed")) parameters.seed = *seed;
  return after(bank_.set_words(*port, parameters), *port);
}

Control::Answer Control::restore(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.restore(*port, meaning(end_words, call.text("end"))), *port);
}

Control::Answer Control::clip(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.clip(*port, *call.get<Duration>("time"), meaning(end_words, call.text("end"))), *port);
}

Control::Answer Control::retrain(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.retrain(*port), *port);
}

Control::Answer Control::wedge(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.wedge(*port), *port);
}

Control::Answer Control::reset(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.reset(*port), *port);
}

Control::Answer Control::force(Asked const&, verbs::Call const& call) {
  auto const port = bank_.find(call.text("port"));
  if (!port) return port.error();
  return after(bank_.force(*port, meaning(force_words, call.text("outcome"))), *port);
}

}  // namespace offhook::app
