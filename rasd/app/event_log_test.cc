#include "rasd/app/event_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace offhook::rasd {
namespace {

using testing::HasSubstr;

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() {
    char name[] = "/tmp/offhook-log-XXXXXX";
    dir_ = mkdtemp(name);
  }
  ~EventLogTest() override { std::filesystem::remove_all(dir_); }
  std::string read(std::string const& name) const {
    std::ifstream file(dir_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static port::Entry entry(uint64_t seq) {
    port::Entry made;
    made.seq = seq;
    made.port = "ttyVM0";
    made.change = {.kind = port::Change::Kind::call_ended, .why = port::Why::lost_carrier, .call = 7};
    made.change.text = "a \"word\"\n";
    return made;
  }
  std::string dir_;
};

TEST_F(EventLogTest, each_entry_is_one_line_of_json_with_its_cause) {
  auto log = EventLog::open(dir_ + "/log");
  ASSERT_TRUE(log);
  log->write(entry(1));
  log->write(entry(2));
  std::string const text = read("log");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr("{\"seq\":1,"));
  EXPECT_THAT(text,
              HasSubstr("\"kind\":\"call_ended\",\"why\":\"lost_carrier\",\"terminate_cause\":2,\"call\":7"));
  EXPECT_THAT(text, HasSubstr("a \\\"word\\\"\\n"));
}

TEST_F(EventLogTest, a_file_that_was_rotated_is_opened_by_its_name_again) {
  auto log = EventLog::open(dir_ + "/log");
  ASSERT_TRUE(log);
  log->write(entry(1));
  std::filesystem::rename(dir_ + "/log", dir_ + "/log.1");
  log->reopen();
  log->write(entry(2));
  EXPECT_THAT(read("log.1"), HasSubstr("\"seq\":1"));
  EXPECT_THAT(read("log"), HasSubstr("\"seq\":2"));
}

TEST_F(EventLogTest, a_file_that_cannot_be_opened_is_an_error_that_names_it) {
  auto const log = EventLog::open(dir_ + "/none/log");
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, HasSubstr(dir_ + "/none/log: No such file"));
}

TEST_F(EventLogTest, a_pipe_that_nobody_reads_stops_nobody) {
  std::string const path = dir_ + "/pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(EventLog::open(path));
  io::Fd const reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  auto log = EventLog::open(path);
  ASSERT_TRUE(log);
  for (int i = 0; i < 5000; ++i) log->write(entry(1));
}

TEST_F(EventLogTest, a_full_disk_costs_lines_and_nothing_else) {
  auto log = EventLog::open("/dev/full");
  ASSERT_TRUE(log);
  log->write(entry(1));
  log->write(entry(2));
}

}  // namespace
}  // namespace offhook::rasd
