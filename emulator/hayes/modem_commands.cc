// What commands do: the line's commands one after the other, until one ends the line or takes time.
#include <array>
#include <span>
#include <string>
#include <vector>

#include "emulator/hayes/basic_commands.h"
#include "emulator/hayes/caller_id.h"
#include "emulator/hayes/extended_commands.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"

namespace offhook::hayes {
namespace {

std::string three_digits(unsigned value) {
  std::string text = std::to_string(value);
  return std::string(text.size() < 3 ? 3 - text.size() : 0, '0') + text;
}

/// Words in lines of a terminal's 80 columns.
std::string paragraph(std::span<std::string const> words) {
  constexpr size_t columns = 79;
  std::string text;
  size_t column = 0;
  for (auto const& word : words) {
    bool const fits = column + 1 + word.size() <= columns;
    if (column != 0) text += fits ? " " : "\r\n";
    column = column != 0 && fits ? column + 1 + word.size() : word.size();
    text += word;
  }
  return text;
}

}  // namespace

void Modem::on_line_event(Instant now, CommandLine::Event event) {
  line_ended_ = now;
  if (event == CommandLine::Event::too_long) return say(ResultCode::error);
  cursor_ = 0;
  run_line(now);
}

void Modem::run_line(Instant now) {
  while (true) {
    Command const command = next_command(line_.body(), cursor_);
    if (command.kind == Command::Kind::none) return say(ResultCode::ok);
    switch (execute(now, command)) {
      case Outcome::done:
        continue;
      case Outcome::error:
        return say(ResultCode::error);
      case Outcome::suspended:
        return;
      case Outcome::last:
        return say(ResultCode::ok);
    }
  }
}

Modem::Outcome Modem::unknown() const { return options_.unknown_is_ok ? Outcome::done : Outcome::error; }

Modem::Outcome Modem::execute(Instant now, Command const& command) {
  switch (command.kind) {
    case Command::Kind::basic:
      return execute_basic(now, command);
    case Command::Kind::s_register:
      return execute_register(command);
    case Command::Kind::dial:
      return execute_dial(now, command);
    case Command::Kind::extended:
      return execute_extended(command);
    case Command::Kind::malformed:
    case Command::Kind::none:
      break;
  }
  return Outcome::error;
}

Modem::Outcome Modem::execute_basic(Instant now, Command const& command) {
  BasicRow const* row = find_basic(command.prefix, command.letter, family_->bit);
  if (row == nullptr) return unknown();
  if (!row->accepts(command.number)) return Outcome::error;
  if (row->effect != Effect::store && row->effect != Effect::circuits)
    return execute_effect(now, *row, command);
  set_basic(settings_, command.prefix, command.letter, static_cast<uint8_t>(command.number), family_->bit);
  if (row->effect == Effect::circuits) present_circuits();
  return Outcome::done;
}

Modem::Outcome Modem::execute_effect(Instant now, BasicRow const& row, Command const& command) {
  uint32_t const value = command.number;
  switch (row.effect) {
    case Effect::tone:
    case Effect::pulse:
      settings_.basics[basic_slot(0, 'P')] = row.effect == Effect::pulse ? 1 : 0;
      return Outcome::done;
    case Effect::answer:
      if (state_ == State::online_command) return Outcome::error;
      answer(now, "answer");
      return Outcome::suspended;
    case Effect::hook:
      return hook(now, value);
    case Effect::identify:
      return identify(family_->identify[value]);
    case Effect::online:
      return go_online(now);
    case Effect::reset:
      reset_to_ = static_cast<uint8_t>(value);
      if (state_ != State::command) {
        hang_up(now, Ending::reset, "reset");
        return Outcome::suspended;
      }
      load_profile(reset_to_);
      return Outcome::last;  // 6.1.1: the rest of the line may be ignored, and Hayes does
    case Effect::factory:
      settings_ = factory_settings(*family_, value);
      settings_.basics[basic_slot('&', 'Y')] = profiles_.startup;
      present_circuits();
      return Outcome::done;
    case Effect::view:
      return identify(view());
    case Effect::write:
      profiles_.stored[value] = settings_;
      emit(SaveProfiles{});
      return Outcome::done;
    case Effect::startup:
      profiles_.startup = static_cast<uint8_t>(value);
      settings_.basics[basic_slot('&', 'Y')] = profiles_.startup;
      emit(SaveProfiles{});
      return Outcome::done;
    case Effect::store_number:
      return execute_store_number(command);
    case Effect::report_level:
      return identify(carrier_ ? "018" : "000");
    case Effect::report_quality:
      return identify("000");
    case Effect::store:
    case Effect::circuits:
      break;
  }
  return Outcome::error;
}

/// Information text; a command that has none to give answers OK alone.
Modem::Outcome Modem::identify(std::string_view text) {
  if (!text.empty()) to_dte(information(settings_, text));
  return Outcome::done;
}

/// H0 goes on-hook; H1 off-hook without dialling, so that callers find the line busy (6.3.6).
Modem::Outcome Modem::hook(Instant now, uint32_t value) {
  if (value == 1) {
    if (state_ == State::online_command) return Outcome::error;
    if (state_ == State::off_hook) return Outcome::done;
    act(loop::GoOffHook{});
    enter(now, State::off_hook, "ATH1");
    return Outcome::done;
  }
  if (state_ == State::command) return Outcome::done;
  hang_up(now, Ending::rest_of_line, "ATH");
  return Outcome::suspended;
}

Modem::Outcome Modem::go_online(Instant now) {
  if (state_ != State::online_command) return Outcome::error;
  to_dte(connect_result(*family_, settings_, *carrier_, dte_rate()));
  enter(now, State::online_data, "ATO");
  return Outcome::suspended;
}

void Modem::load_profile(unsigned profile) {
  settings_ = profile < profiles_.stored.size()
                  ? profiles_.stored[profile]
                  : factory_settings(*family_, profile - profiles_.stored.size());
  settings_.basics[basic_slot('&', 'Y')] = profiles_.startup;
  settings_.s<1>() = settings_.s<86>() = 0;  // counts and reasons are nobody's profile
  present_circuits();
}

// ---- S-registers
// ----------------------------------------------------------------------------------------------

Modem::Outcome Modem::execute_register(Command const& command) {
  uint32_t const number = command.has_number ? command.number : register_;
  auto const row = find_register(number, family_->bit);
  if (!row) return unknown();
  register_ = static_cast<uint8_t>(number);
  uint8_t const held = read_register(settings_, *row, family_->bit);
  if (command.op == Command::Op::read && command.bit < 0) return identify(three_digits(held));
  if (command.op == Command::Op::read) return identify((held >> command.bit) & 1 ? "1" : "0");
  if (command.op != Command::Op::set) return Outcome::done;
  uint32_t value = command.value;
  if (command.bit >= 0) {
    if (value > 1) return Outcome::error;
    uint32_t const mask = 1u << command.bit;
    value = value == 1 ? held | mask : held & ~mask;
  }
  if (!write_register(settings_, *row, value, family_->bit)) return Outcome::error;
  present_circuits();
  return Outcome::done;
}

// ---- dialling
// -------------------------------------------------------------------------------------------------

Modem::Outcome Modem::execute_dial(Instant now, Command const& command) {
  if (state_ == State::online_command) return Outcome::error;
  auto const& numbers = profiles_.numbers;
  DialContext const context{.pulse = settings_.value<0, 'P'>() != 0,
                            .last = last_number_,
                            .stored = {numbers[0], numbers[1], numbers[2], numbers[3]}};
  auto dial = parse_dial_string(command.text, context);
  if (!dial) return Outcome::error;
  if (!dial->redialled) last_number_ = command.text.substr(0, dial->used);
  settings_.basics[basic_slot(0, 'P')] = dial->pulse ? 1 : 0;
  cursor_ -= command.text.size() - dial->used;  // what follows ';' is the line's again
  start_dialling(now, std::move(*dial));
  return Outcome::suspended;
}

Modem::Outcome Modem::execute_store_number(Command const& command) {
  if (command.op == Command::Op::read) return identify(profiles_.numbers[command.number]);
  if (command.op != Command::Op::set) return Outcome::error;
  return store_number(command.number, command.text);
}

Modem::Outcome Modem::store_number(size_t place, std::string_view number) {
  if (number.size() > stored_number_limit) return Outcome::error;
  profiles_.numbers[place] = number;
  emit(SaveProfiles{});
  return Outcome::done;
}

// ---- extended syntax
// ------------------------------------------------------------------------------------------

Modem::Outcome Modem::execute_extended(Command const& command) {
  ExtendedRow const* row = find_extended(command.name, family_->bit);
  if (row == nullptr) return unknown();
  switch (row->kind) {
    case Extended::parameter:
      return execute_parameter(*row, command);
    case Extended::store_number:
      return execute_asto(command);
    case Extended::repeat_caller_id:
      return execute_vrid(command);
    default:
      break;
  }
  if (command.op == Command::Op::test) return Outcome::done;
  if (command.op != Command::Op::act) return Outcome::error;  // 6.1.4: these are actions, without a value
  switch (row->kind) {
    case Extended::manufacturer:
      return identify(family_->manufacturer);
    case Extended::model:
      return identify(family_->model);
    case Extended::revision:
      return identify(family_->revision);
    case Extended::serial:
      return identify(options_.serial.empty() ? family_->serial : options_.serial);
    case Extended::capabilities:
      return identify(family_->capabilities);
    default:
      return Outcome::done;
  }
}

/// +ASTO=place,"number" keeps what DS=place dials (6.1.11).
Modem::Outcome Modem::execute_asto(Command const& command) {
  std::array<Value, 2> values;
  size_t count = 0;
  if (command.op == Command::Op::test) return identify("+ASTO: (0-3),(60)");
  if (command.op == Command::Op::read) {
    std::string text;
    for (size_t i = 0; i < profiles_.numbers.size(); ++i)
      text += (i == 0 ? "+ASTO: " : "\r\n+ASTO: ") + std::to_string(i) + ",\"" + profiles_.numbers[i] + "\"";
    return identify(text);
  }
  if (command.op != Command::Op::set || !split_values(command.text, 2, values.data(), count) || count != 2 ||
      values[0].kind != Value::Kind::number || values[0].number >= profiles_.numbers.size())
    return Outcome::error;
  return store_number(values[0].number, values[1].text);
}

/// +VRID=0 and =1 report the last caller again, formatted or not.
Modem::Outcome Modem::execute_vrid(Command const& command) {
  if (command.op == Command::Op::test) return identify("+VRID: (0,1)");
  if (command.op != Command::Op::set || (command.text != "0" && command.text != "1") || !caller_)
    return Outcome::error;
  report_caller(command.text == "1" ? 1 : 0);
  return Outcome::done;
}

Modem::Outcome Modem::execute_parameter(ExtendedRow const& row, Command const& command) {
  switch (command.op) {
    case Command::Op::read:
      return identify(read_text(row, settings_.extended));
    case Command::Op::test:
      return identify(test_text(row));
    case Command::Op::set:
      return set_values(row, command.text, settings_.extended) ? Outcome::done : Outcome::error;
    case Command::Op::act:
      break;
  }
  return Outcome::error;
}

void Modem::report_caller(uint32_t form) {
  to_dte(information(settings_, form == 0 ? formatted_caller_id(*caller_) : unformatted_caller_id(*caller_)));
}

/// &V: the settings in use, the stored profiles' place of power-up, the numbers.
std::string Modem::view() const {
  std::vector<std::string> basics, registers;
  for (auto const& row : basic_rows) {
    if (!(row.families & family_->bit) || (row.effect != Effect::store && row.effect != Effect::circuits))
      continue;
    basics.push_back((row.prefix != 0 ? std::string(1, row.prefix) : "") + row.letter +
                     std::to_string(settings_.basics[basic_slot(row.prefix, row.letter)]));
  }
  for (size_t i = 0; i < register_count; ++i) {
    auto const& row = register_rows()[i];
    if (!(row.families & family_->bit)) continue;
    registers.push_back("S" + std::to_string(row.number) + ":" +
                        three_digits(read_register(settings_, i, family_->bit)));
  }
  std::string text = "ACTIVE PROFILE:\r\n" + paragraph(basics) + "\r\n" + paragraph(registers);
  text += "\r\n\r\nTELEPHONE NUMBERS:";
  for (size_t i = 0; i < profiles_.numbers.size(); ++i)
    text += "\r\n" + std::to_string(i) + "=" + profiles_.numbers[i];
  return text;
}

}  // namespace offhook::hayes
