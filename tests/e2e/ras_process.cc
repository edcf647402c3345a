#include "tests/e2e/ras_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <thread>

namespace offhook::e2e {
namespace {

namespace json = boost::json;

std::string text_of(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(json::string_view(key.data(), key.size()));
  auto const* const text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

int64_t number_of(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(json::string_view(key.data(), key.size()));
  return value && value->is_number() ? value->to_number<int64_t>() : 0;
}

json::object const& object_of(json::object const& object, char const* key) {
  static json::object const none;
  auto const* const value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

PortView view_of(json::object const& object) {
  PortView view;
  view.name = text_of(object, "port");
  view.state = text_of(object, "state");
  view.line = text_of(object, "line");
  view.hardware = text_of(object, "hardware");
  view.holder = text_of(object, "holder");
  view.client = text_of(object, "client");
  view.number = text_of(object, "number");
  view.user = text_of(object, "user");
  view.last_end = text_of(object, "last_end");
  auto const& failure = object_of(object, "failure");
  view.failure = text_of(failure, "kind");
  view.failure_text = text_of(failure, "text");
  view.error = number_of(failure, "error");
  view.call = number_of(object, "call");
  view.calls = number_of(object, "calls");
  view.leases = number_of(object, "leases");
  view.dte_rate = number_of(object, "dte_rate_bps");
  view.line_rate = number_of(object, "line_rate_bps");
  return view;
}

std::string replaced(std::string text, std::string const& what, std::string const& by) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

/// The enumerator with that name; the first where there is none.
template <class E>
E named(std::string const& word) {
  for (size_t i = 0; i < static_cast<size_t>(E::count_); ++i)
    if (port::name(static_cast<E>(i)) == word) return static_cast<E>(i);
  return E{};
}
port::Failure failure_named(std::string const& word) {
  for (size_t i = 0; i < static_cast<size_t>(port::Failure::count_); ++i)
    if (port::row(static_cast<port::Failure>(i)).name == word) return static_cast<port::Failure>(i);
  return port::Failure::none;
}

port::Counters counters_of(json::object const& object) {
  return {static_cast<uint64_t>(number_of(object, "in")), static_cast<uint64_t>(number_of(object, "out")),
          static_cast<uint64_t>(number_of(object, "errors"))};
}

port::Entry entry_of(json::object const& object) {
  port::Entry entry;
  entry.seq = static_cast<uint64_t>(number_of(object, "seq"));
  entry.port = text_of(object, "port");
  port::Change& change = entry.change;
  change.kind = named<port::Change::Kind>(text_of(object, "kind"));
  change.state = named<port::State>(text_of(object, "state"));
  change.why = named<port::Why>(text_of(object, "why"));
  change.failure = failure_named(text_of(object, "failure"));
  change.call = static_cast<uint64_t>(number_of(object, "call"));
  change.client = static_cast<uint64_t>(number_of(object, "client"));
  change.rate_bps = static_cast<uint32_t>(number_of(object, "rate_bps"));
  change.counters = counters_of(object_of(object, "bytes"));
  change.text = text_of(object, "text");
  change.number = text_of(object, "number");
  change.name = text_of(object, "name");
  return entry;
}

port::Snapshot snapshot_of(json::object const& object) {
  port::Snapshot shown;
  PortView const view = view_of(object);
  shown.state = named<port::State>(view.state);
  shown.failure = failure_named(view.failure);
  shown.failure_text = view.failure_text;
  shown.holder = view.holder;
  shown.call = static_cast<uint64_t>(view.call);
  shown.user = view.user;
  shown.number = view.number;
  shown.name = text_of(object, "name");
  shown.dte_rate_bps = static_cast<uint32_t>(view.dte_rate);
  shown.line_rate_bps = static_cast<uint32_t>(view.line_rate);
  shown.client_text = view.client;
  shown.last_why = named<port::Why>(view.last_end);
  shown.calls_total = static_cast<uint64_t>(view.calls);
  shown.leases_total = static_cast<uint64_t>(view.leases);
  shown.now = counters_of(object_of(object, "bytes"));
  shown.total = counters_of(object_of(object, "bytes_total"));
  return shown;
}

/// In words, what two conditions of a port differ in. Bytes of a call that stands are counted between two
/// entries.
std::string difference(port::Snapshot const& told, port::Snapshot const& folded) {
  std::string words;
  auto const compare = [&](char const* what, auto const& a, auto const& b) {
    std::ostringstream text;
    if (!(a == b)) text << ' ' << what << ": '" << a << "' told, '" << b << "' folded;";
    words += text.str();
  };
  compare("state", port::name(told.state), port::name(folded.state));
  compare("failure", port::row(told.failure).name, port::row(folded.failure).name);
  compare("failure's text", told.failure_text, folded.failure_text);
  compare("holder", told.holder, folded.holder);
  compare("call", told.call, folded.call);
  compare("user", told.user, folded.user);
  compare("number", told.number, folded.number);
  compare("name", told.name, folded.name);
  compare("rate of the DTE", told.dte_rate_bps, folded.dte_rate_bps);
  compare("rate of the line", told.line_rate_bps, folded.line_rate_bps);
  compare("client", told.client_text, folded.client_text);
  compare("last end", port::name(told.last_why), port::name(folded.last_why));
  compare("calls", told.calls_total, folded.calls_total);
  compare("leases", told.leases_total, folded.leases_total);
  compare("bytes in", told.total.bytes_in, folded.total.bytes_in);
  compare("bytes out", told.total.bytes_out, folded.total.bytes_out);
  return words;
}

json::object parsed(Result<std::string> const& answer) {
  if (!answer) return {};
  boost::system::error_code ec;
  auto value = json::parse(*answer, ec);
  return !ec && value.is_object() ? value.get_object() : json::object{};
}

}  // namespace

bool long_run() {
  char const* const asked = std::getenv("OFFHOOK_LONG");
  return asked && std::string_view(asked) == "1";
}
int turns(int usual, int in_a_long_run) { return long_run() ? in_a_long_run : usual; }

// ---- rasd

RasdProcess::RasdProcess(std::string const& config, std::optional<uid_t> uid, Argv under)
    : dir_(folder_ / "rasd"),
      config_path_(folder_ / "rasd.toml"),
      program_(RASD_PROGRAM),
      under_(std::move(under)),
      uid_(uid) {
  if (uid_) {  // the build may lie where not all can look
    program_ = folder_ / "program";
    std::filesystem::copy_file(RASD_PROGRAM, program_);
    if (::chown(folder_.path().c_str(), *uid_, *uid_) != 0) std::abort();
  }
  mkdir((folder_ / "locks").c_str(), 0777);
  chmod((folder_ / "locks").c_str(), 01777);
  configure(config);
  start();
}

RasdProcess::~RasdProcess() {
  process_.signal(SIGTERM);
  process_.wait(10s);
  if (testing::Test::HasFailure()) std::cerr << "rasd's log:\n" << log() << '\n';
}

void RasdProcess::configure(std::string const& config) const {
  std::string text = replaced(config, "FOLDER", folder_.path());
  if (text.find("[rasd]") == text.npos)
    text = "[rasd]\nlevel = \"debug\"\nlock_dir = \"" + (folder_ / "locks") + "\"\nlog = \"" +
           file("events") + "\"\n" + text;
  write_file(config_path_, text);
}

void RasdProcess::start() {
  std::string const words = folder_ / "words";
  int const out = open(words.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int const log = open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Spawn spawn;
  spawn.out = out;
  spawn.err = log;
  spawn.uid = uid_;
  ready_ = false;
  Argv argv = under_;
  argv.insert(argv.end(), {program_, "--config", config_path_, "--dir", dir_});
  process_ = Process(argv, spawn);
  ::close(out);
  ::close(log);
  auto const until = Clock::now() + patience;
  while (!ready_ && process_.running() && Clock::now() < until) {
    std::this_thread::sleep_for(2ms);
    announced_ = read_file(words);
    ready_ = announced_.ends_with("\nready\n") || announced_ == "ready\n";
  }
}

std::string RasdProcess::log() const { return read_file(folder_ / "log"); }

testing::AssertionResult RasdProcess::up() const {
  if (ready_) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "rasd did not get ready: " << announced_ << log();
}

Result<std::string> RasdProcess::ask(std::string const& method,
                                     std::vector<rpc::Parameter> parameters) const {
  auto client = rpc::Client::connect(dir_ + "/control.sock");
  if (!client) return error("connecting: ", client.error().message());
  auto const deadline = Clock::now() + patience;
  if (auto sent = client->send({"1", method, std::move(parameters)}, deadline); !sent) return sent.error();
  auto answer = client->receive(deadline);
  if (!answer) return answer.error();
  if (!*answer) return error("no answer in time");
  if ((*answer)->refused) return error((*answer)->complaint);
  return {boost::system::in_place_value, (*answer)->body};
}

std::vector<PortView> RasdProcess::ports() const {
  std::vector<PortView> all;
  auto const answer = parsed(ask("ports"));
  if (auto const* const list = answer.if_contains("ports"))
    for (auto const& each : list->as_array()) all.push_back(view_of(each.as_object()));
  return all;
}

PortView RasdProcess::port(std::string const& name) const {
  for (auto& each : ports())
    if (each.name == name) return each;
  return {};
}

testing::AssertionResult RasdProcess::reaches(std::string const& name, std::string const& state,
                                              Clock::duration limit) const {
  auto const until = Clock::now() + limit;
  PortView last;
  for (;;) {
    last = port(name);
    if (last.state == state) return testing::AssertionSuccess();
    if (Clock::now() > until) break;
    std::this_thread::sleep_for(3ms);
  }
  return testing::AssertionFailure() << "port " << name << " is not " << state << " but " << last.state
                                     << ", holder '" << last.holder << "', client '" << last.client
                                     << "', failure '" << last.failure << ": " << last.failure_text << "'";
}

std::vector<std::string> RasdProcess::differences(port::Picture const& folded) const {
  std::vector<std::string> all;
  auto const answer = parsed(ask("ports"));
  auto const* const list = answer.if_contains("ports");
  if (!list) return {"no answer"};
  for (auto const& each : list->as_array()) {
    std::string const name = text_of(each.as_object(), "port");
    auto const found = folded.ports.find(name);
    if (found == folded.ports.end()) {
      all.push_back(name + " is not in the fold");
      continue;
    }
    std::string words = difference(snapshot_of(each.as_object()), found->second);
    if (!words.empty()) all.push_back(name + ":" + words);
  }
  return all;
}

// ---- an observer

Observer::Observer(RasdProcess const& rasd) : rasd_(rasd) {
  auto client = rpc::Client::connect(rasd.dir() + "/control.sock");
  if (!client) return;
  client_ = *std::move(client);
  ask_for_picture();
  catch_up(patience);
}

void Observer::ask_for_picture() {
  ++gaps_;
  if (auto sent = client_->send({"1", "watch", {}}, Clock::now() + patience); !sent)
    ADD_FAILURE() << sent.error().message;
}

bool Observer::catch_up(Clock::duration wait) {
  auto const until = Clock::now() + wait;
  for (;;) {
    auto const message = client_->receive(
        follower_.needs() == port::Follower::Needs::picture ? Clock::now() + patience : until);
    if (!message) return false;
    if (!*message) return true;
    if (take(**message)) return true;
  }
}

/// True once a picture was taken.
bool Observer::take(rpc::Message const& message) {
  boost::system::error_code ec;
  auto const value = json::parse(message.body, ec);
  if (ec || !value.is_object()) return false;
  auto const& object = value.get_object();
  if (message.method.empty()) {
    port::Picture picture;
    picture.place.epoch = static_cast<uint64_t>(number_of(object, "epoch"));
    picture.place.seq = static_cast<uint64_t>(number_of(object, "seq"));
    for (auto const& [name, shown] : object_of(object, "ports"))
      picture.ports[std::string(name.data(), name.size())] = snapshot_of(shown.as_object());
    follower_.on_picture(std::move(picture));
    return true;
  }
  if (message.method != "entry") return false;
  port::Entry const entry = entry_of(object);
  if (entry.change.kind == port::Change::Kind::state)
    states_[entry.port].emplace_back(port::name(entry.change.state));
  bool const whole = follower_.needs() == port::Follower::Needs::nothing;
  auto const needs = follower_.on_entry(follower_.picture().place.epoch, entry);
  if (whole && needs == port::Follower::Needs::picture) ask_for_picture();
  return false;
}

testing::AssertionResult Observer::agrees(Clock::duration limit) {
  auto const until = Clock::now() + limit;
  std::vector<std::string> last;
  do {
    if (!catch_up(2ms)) return testing::AssertionFailure() << "the observer's connection ended";
    last = rasd_.differences(picture());
    if (last.empty()) return testing::AssertionSuccess();
  } while (Clock::now() < until);
  auto failure = testing::AssertionFailure();
  for (auto const& each : last) failure << each << '\n';
  return failure;
}

std::vector<std::string> Observer::states(std::string const& port) {
  catch_up();
  return std::exchange(states_[port], {});
}

}  // namespace offhook::e2e
