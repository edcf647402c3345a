#include "tools/rasadmin/rasadmin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/rasadmin/test_support.h"

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; readable(fd) && ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}
void send_line(int fd, std::string line) {
  line += '\n';
  EXPECT_EQ(::send(fd, line.data(), line.size(), MSG_NOSIGNAL), static_cast<ssize_t>(line.size()));
}

struct Outcome {
  int status;
  std::string out, err;
};
Outcome outcome_of(std::vector<std::string> const& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int const status = run(words);
  std::string const out = testing::internal::GetCapturedStdout();
  return {status, out, testing::internal::GetCapturedStderr()};
}

/// Answers each request with the next of the lines.
std::function<void(int)> answers(std::vector<std::string>& heard,
                                 std::vector<std::vector<std::string>> said) {
  return [&heard, said = std::move(said)](int client) {
    for (auto const& lines : said) {
      heard.push_back(read_line(client));
      for (std::string const& line : lines) send_line(client, line);
    }
  };
}

TEST(Rasadmin, a_verb_becomes_a_request_and_its_answer_words) {
  std::vector<std::string> heard;
  std::string const answer =
      R"({"jsonrpc":"2.0","id":1,"result":{"ports":[{"port":"ttyVM0","state":"listening"}]}})";
  Outcome outcome;
  {
    FakeRasd const rasd("control.sock", SOCK_STREAM, answers(heard, {{answer}}));
    outcome = outcome_of({"message", "ttyVM0", "good", "bye", "--dir", rasd.dir()});
  }
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "ttyVM0: listening\n");
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_THAT(heard[0], HasSubstr(R"("method":"message")"));
  EXPECT_THAT(heard[0], HasSubstr(R"("port":"ttyVM0")"));
  EXPECT_THAT(heard[0], HasSubstr(R"("text":"good bye")"));
}

TEST(Rasadmin, a_refusal_is_words_and_with_json_an_object_too) {
  std::vector<std::string> heard;
  std::string const answer = R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no port \"x\""}})";
  FakeRasd const rasd("control.sock", SOCK_STREAM, answers(heard, {{answer}}));
  Outcome const outcome = outcome_of({"--json", "port", "x", "--dir=" + rasd.dir()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "{\"error\":{\"code\":-32000,\"message\":\"no port \\\"x\\\"\"}}\n");
  EXPECT_EQ(outcome.err, "rasadmin: no port \"x\"\n");
}

std::vector<std::string> const captured = {
    R"({"jsonrpc":"2.0","id":1,"result":{"link":true}})",
    R"({"jsonrpc":"2.0","method":"frame","params":{"s":1,"ns":2,"direction":"sent","bytes":"c021"}})",
    R"({"jsonrpc":"2.0","method":"dropped","params":{"count":3}})"};

TEST(Rasadmin, a_capture_is_a_new_file_of_its_owner_alone_and_ends_where_frames_are_lost) {
  std::vector<std::string> heard;
  FakeRasd const rasd("control.sock", SOCK_STREAM, answers(heard, {captured}));
  std::string const file = rasd.dir() + "/capture";
  Outcome const outcome = outcome_of({"capture", "ttyVM0", file, "--dir", rasd.dir()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("capturing the call on ttyVM0"));
  EXPECT_THAT(outcome.err, HasSubstr("the capture ends after 1 frames"));
  EXPECT_GT(std::filesystem::file_size(file), 50u);
  auto const mode = std::filesystem::status(file).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Rasadmin, a_capture_is_never_written_over_a_file) {
  std::vector<std::string> heard;
  FakeRasd const rasd("control.sock", SOCK_STREAM, answers(heard, {{captured[0]}}));
  std::string const file = rasd.dir() + "/kept";
  io::Fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  Outcome const outcome = outcome_of({"capture", "ttyVM0", file, "--dir", rasd.dir()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("kept exists already"));
  EXPECT_EQ(std::filesystem::file_size(file), 0u);
}

TEST(Rasadmin, where_no_rasd_runs_it_says_how_to_start_one) {
  Outcome const outcome = outcome_of({"ports", "--dir", "/nonexistent/rasd"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("no rasd runs in /nonexistent/rasd (--dir)"));
}

TEST(Rasadmin, bad_usage_is_status_two) {
  EXPECT_EQ(outcome_of({"prots"}).status, 2);
  EXPECT_EQ(outcome_of({"help", "prots"}).status, 2);
  EXPECT_THAT(outcome_of({"--json", "prots"}).out, StartsWith("{\"error\":{\"code\":-32602"));
}

TEST(Rasadmin, a_watch_that_lost_entries_asks_for_the_picture_again) {
  std::string const picture = R"({"jsonrpc":"2.0","id":1,"result":{"epoch":9,"seq":4,"ports":{}}})";
  std::string const later = R"({"jsonrpc":"2.0","id":1,"result":{"epoch":9,"seq":40,"ports":{"ttyVM0":{}}}})";
  std::string const dropped = R"({"jsonrpc":"2.0","method":"dropped","params":{"count":35}})";
  std::string const next =
      R"({"jsonrpc":"2.0","method":"entry","params":{"seq":41,"port":"ttyVM0","kind":"state","state":"ringing"}})";
  std::vector<std::string> heard;
  Outcome outcome;
  {
    FakeRasd const rasd("control.sock", SOCK_STREAM, answers(heard, {{picture, dropped}, {later, next}}));
    outcome = outcome_of({"watch", "--dir", rasd.dir()});
  }
  EXPECT_EQ(heard.size(), 2u);
  EXPECT_THAT(outcome.out, HasSubstr("35 entries did not get here in time"));
  EXPECT_THAT(outcome.out, HasSubstr("ringing"));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("closed the connection"));
}

TEST(Rasadmin, a_watch_ends_with_its_time) {
  std::vector<std::string> heard;
  std::string const picture = R"({"jsonrpc":"2.0","id":1,"result":{"epoch":9,"seq":4,"ports":{}}})";
  FakeRasd const rasd("control.sock", SOCK_STREAM, [&](int client) {
    heard.push_back(read_line(client));
    send_line(client, picture);
    readable(client);  // until the watcher has gone
  });
  Outcome const outcome = outcome_of({"watch", "--for", "10ms", "--dir", rasd.dir()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Rasadmin, completion_knows_the_verbs_and_the_ports) {
  EXPECT_THAT(outcome_of({"completion", "bash"}).out, HasSubstr("complete -F _rasadmin rasadmin"));
  EXPECT_EQ(outcome_of({"completion", "bash", "--", "co"}).out, "connections\ncompletion\n");
  EXPECT_EQ(outcome_of({"completion", "bash", "--", "lease", "ttyVM0", "--", ""}).out, "//files\n");
  EXPECT_EQ(outcome_of({"completion", "bash", "--", "ports", "--j"}).out, "--json\n");
  std::vector<std::string> heard;
  FakeRasd const rasd(
      "control.sock", SOCK_STREAM,
      answers(heard,
              {{R"({"jsonrpc":"2.0","id":1,"result":{"ports":[{"port":"ttyVM0"},{"port":"com1"}]}})"}}));
  EXPECT_EQ(outcome_of({"completion", "bash", "--", "--dir", rasd.dir(), "port", "tty"}).out, "ttyVM0\n");
}

}  // namespace
}  // namespace offhook::rasadmin
