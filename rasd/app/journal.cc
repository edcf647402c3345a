#include "rasd/app/journal.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

namespace offhook::rasd {
namespace {

/// systemd reads "<N>" at the beginning of a line as its priority (sd-daemon(3)).
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(spdlog::details::log_msg const& message) override {
    constexpr std::array<int, 7> priorities{7, 7, 6, 4, 3, 2, 6};
    auto const level = static_cast<size_t>(message.level);
    std::fprintf(stderr, "<%d>%.*s\n", priorities.at(level), static_cast<int>(message.payload.size()),
                 message.payload.data());
  }
  void flush_() override { std::fflush(stderr); }
};

/// Whether standard error is the journal's still: a program that sends its own elsewhere hands the variable
/// on (systemd.exec(5), JOURNAL_STREAM: device and inode).
bool is_journals() {
  char const* const stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  return stream && ::fstat(STDERR_FILENO, &file) == 0 &&
         stream == std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

}  // namespace

void start_journal(std::string const& level) {
  spdlog::sink_ptr sink;
  if (is_journals()) {
    sink = std::make_shared<JournalSink>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  }
  auto logger = std::make_shared<spdlog::logger>("rasd", std::move(sink));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void say(std::string const& text) { spdlog::info("{}", text); }

}  // namespace offhook::rasd
