// What is heard: lines, what stands in none, and where text ends and data begins.
#include <algorithm>
#include <array>
#include <charconv>

#include "emulator/base/text.h"
#include "rasd/at/dialogue_tables.h"

namespace offhook::at {
namespace {

constexpr size_t recent_limit = 64;
constexpr Duration line_end_time = 100ms;
constexpr Duration ring_gap_time = 8s;
constexpr size_t protocol_limit = 80;

/// Unasked, these say that a call is over.
constexpr unsigned over =
    bits(Outcome::no_carrier, Outcome::cleared, Outcome::congested, Outcome::out_of_order,
         Outcome::incompatible, Outcome::barred, Outcome::unobtainable);

/// The first number of the text, 0 where there is none that is a rate.
uint32_t first_rate(std::string_view text) {
  size_t const at = text.find_first_of("0123456789");
  if (at == std::string_view::npos) return 0;
  uint32_t rate = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), rate);
  return rate;
}

bool matches(Response const& response, std::string_view line) {
  std::string_view const text = response.text;
  switch (response.match) {
    case Match::line:
      return same_word(line, text);
    case Match::prefix:
      return begins_with(line, text) && (line.size() == text.size() || !letter(line[text.size()]));
    case Match::suffix:
      return ends_with(line, text);
    case Match::anywhere:
      return false;
  }
  return false;
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

size_t Dialogue::on_bytes(Instant now, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    char const c = static_cast<char>(static_cast<unsigned char>(bytes[i]) & 0x7f);
    if (state_ == State::line_end) {
      // The LF belongs to CONNECT; anything else is data.
      bool const line_feed = bytes[i] == std::byte{'\n'};
      connected(now);
      return line_feed ? i + 1 : i;
    }
    seen_.bytes = seen_.bytes || (c != '\r' && c != '\n');
    auto const line = reader_.on_byte(c);
    Next const next = line ? on_line(now, *line, c) : on_unended(now, c);
    if (next == Next::data) return i + 1;
  }
  return bytes.size();
}

Dialogue::Next Dialogue::on_line(Instant now, std::string const& line, char ended_by) {
  recent_.clear();
  if (is_echo(line)) {
    seen_.echo = true;
    return Next::text;
  }
  last_text_ = line;
  if (auto const* const response = response_to(line)) return take(now, *response, line, ended_by);
  if (read_caller_line(line, caller_))
    emit(Heard{Heard::What::caller, escaped(line), caller_, {}});
  else
    seen_.other = true;
  return Next::text;
}

/// What no line's end follows: prompts, and what a script looks for anywhere.
Dialogue::Next Dialogue::on_unended(Instant now, char byte) {
  for (auto const& prompt : script_.prompts)
    if (reader_.partial() == prompt) reader_.clear();
  bool const anywhere =
      std::ranges::any_of(script_.responses, [](Response const& r) { return r.match == Match::anywhere; });
  if (!anywhere) return Next::text;
  recent_ += byte;
  if (recent_.size() > recent_limit) recent_.erase(0, recent_.size() - recent_limit);
  for (auto const& response : script_.responses) {
    if (response.match != Match::anywhere || !ends_with(recent_, response.text)) continue;
    reader_.clear();
    if (step() && same_word(response.text, step()->text)) {
      seen_.echo = true;
      return Next::text;
    }
    return take(now, response, response.text, byte);
  }
  return Next::text;
}

/// The device, or a cooked program in its place, sends back what it is sent; the latter with ^M for CR.
/// Something may have stood in the line before.
bool Dialogue::is_echo(std::string_view line) const {
  if (!step() || step()->text.empty()) return false;
  return ends_with(line, step()->text) || ends_with(line, step()->text + "^M");
}

Response const* Dialogue::response_to(std::string_view line) const {
  auto const found =
      std::ranges::find_if(script_.responses, [&](Response const& r) { return matches(r, line); });
  return found == script_.responses.end() ? nullptr : &*found;
}

Dialogue::Next Dialogue::take(Instant now, Response const& response, std::string_view line, char ended_by) {
  Outcome const means = response.means;
  if (means == Outcome::connect) return take_connect(now, response, line, ended_by);
  if (means == Outcome::ring) {
    rang(now, line);
    return Next::text;
  }
  if (means == Outcome::progress) {
    take_progress(line);
    return Next::text;
  }
  bool const asked = step() && state_ != State::guarding;
  bool const wanted =
      asked && has(row(step()->kind).done | row(step()->kind).ends | row(step()->kind).again, means);
  if (!wanted && has(over, means)) {
    // The last word of a call that was given up, or of one that just ended.
    owed_ -= owed_ > 0 ? 1 : 0;
    caller_ = {};
    carrier_ = false;
    emit(Heard{Heard::What::no_carrier, escaped(line), {}, {}});
  } else if (state_ == State::guarding && attempt_ != 0 && means == Outcome::ok) {
    next_step(now);  // the escape is confirmed
  } else if (asked) {
    answered(now, means);
  }
  return Next::text;
}

Dialogue::Next Dialogue::take_connect(Instant now, Response const& response, std::string_view line,
                                      char ended_by) {
  // What a call says before it is hung up is no report.
  if (step() && task_ == Task::hang_up) return Next::text;
  connection_.text = escaped(line);
  if (script_.connect_names_line && connection_.line_rate_bps == 0)
    connection_.line_rate_bps =
        response.rate_bps != 0 ? response.rate_bps : first_rate(line.substr(response.text.size()));
  if (size_t const slash = line.find('/'); slash != std::string_view::npos && response.match == Match::prefix)
    connection_.protocol = escaped(line.substr(slash + 1, protocol_limit));
  bool const line_feed_due = ended_by == '\r' && !all_digits(line);
  enter(State::line_end);
  if (!line_feed_due) {
    connected(now);
    return Next::data;
  }
  timers_.set(Timer::line_end, now + line_end_time);
  return Next::text;
}

/// Reports that come before CONNECT: the line's rate, error control, compression.
void Dialogue::take_progress(std::string_view line) {
  struct Report {
    std::string_view prefix;
    enum class Of : uint8_t { rate, protocol } of;
  };
  static constexpr Report reports[] = {
      {"CARRIER ", Report::Of::rate},         {"+MRR:", Report::Of::rate},
      {"PROTOCOL:", Report::Of::protocol},    {"+ER:", Report::Of::protocol},
      {"COMPRESSION:", Report::Of::protocol}, {"+DR:", Report::Of::protocol},
  };
  for (auto const& report : reports) {
    if (!begins_with(line, report.prefix)) continue;
    auto const text = trimmed(line.substr(report.prefix.size()));
    if (report.of == Report::Of::rate)
      connection_.line_rate_bps = first_rate(text);
    else if (connection_.protocol.size() + text.size() < protocol_limit)
      connection_.protocol += (connection_.protocol.empty() ? "" : ", ") + escaped(text);
    return;
  }
}

void Dialogue::rang(Instant now, std::string_view line) {
  timers_.set(Timer::ring_gap, now + ring_gap_time);
  emit(Heard{Heard::What::ring, escaped(line), caller_, {}});
}

void Dialogue::connected(Instant) {
  reader_.clear();
  recent_.clear();
  if (calling()) {
    last_text_ = connection_.text;
    return end(Outcome::connect);
  }
  // Unasked: a device that answers by itself.
  if (step())
    end(Outcome::unexpected);
  else
    enter(State::idle);
  carrier_ = true;
  emit(Heard{Heard::What::connect, connection_.text, caller_, connection_});
}

}  // namespace offhook::at
