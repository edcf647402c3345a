#include "emulator/app/line_keys.h"

#include <algorithm>
#include <array>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/verbs/values.h"

namespace offhook::app {
namespace {

using line::Parameters;

template <class T>
using Word = std::pair<std::string_view, T>;
constexpr std::array<Word<bool>, 2> trainings{{{"instant", false}, {"realistic", true}}};
constexpr std::array<Word<bool>, 2> flows{{{"ok", false}, {"stuck", true}}};

template <class T, class Target>
Result<void> put(Result<T> const& value, Target& target) {
  if (!value) return value.error();
  target = *value;
  return {};
}

Result<void> put_word(std::span<Word<bool> const> words, std::string_view text, bool& target) {
  std::string accepted;
  for (auto const& [word, value] : words) {
    if (text == word) {
      target = value;
      return {};
    }
    accepted.append(accepted.empty() ? "" : ", ").append(word);
  }
  return error("'", escaped(text.substr(0, 60)), "' is not one of: ", accepted);
}

Result<void> put_bursts(std::string_view text, line::Bursts& target) {
  auto const read = verbs::parse_bursts(text);
  if (!read) return read.error();
  target = {read->gap_bits, read->length_bits, read->density};
  return {};
}

constexpr std::array keys{
    LineKey{"rate", [](std::string_view t, Parameters& p) { return put(verbs::parse_rate(t), p.rate_bps); }},
    LineKey{"training",
            [](std::string_view t, Parameters& p) { return put_word(trainings, t, p.realistic_training); }},
    LineKey{"delay",
            [](std::string_view t, Parameters& p) { return put(verbs::parse_duration(t), p.delay); }},
    LineKey{"jitter",
            [](std::string_view t, Parameters& p) { return put(verbs::parse_duration(t), p.jitter); }},
    LineKey{"errors",
            [](std::string_view t, Parameters& p) { return put(verbs::parse_share(t), p.bit_error_rate); }},
    LineKey{"bursts", [](std::string_view t, Parameters& p) { return put_bursts(t, p.bursts); }},
    LineKey{"loss",
            [](std::string_view t, Parameters& p) { return put(verbs::parse_share(t), p.byte_loss_rate); }},
    LineKey{"duplication", [](std::string_view t,
                              Parameters& p) { return put(verbs::parse_share(t), p.byte_duplication_rate); }},
    LineKey{"flow", [](std::string_view t, Parameters& p) { return put_word(flows, t, p.flow_stuck); }},
    LineKey{"seed", [](std::string_view t,
                       Parameters& p) { return put(verbs::parse_count(t, verbs::largest_seed), p.seed); }},
};

}  // namespace

std::span<LineKey const> line_keys() { return keys; }

Result<void> take_line(std::string_view name, std::string_view text, Parameters& target) {
  auto const* const key = std::ranges::find(keys, name, &LineKey::name);
  OFFHOOK_CHECK(key != keys.end());
  Parameters wanted = target;
  if (auto taken = key->take(text, wanted); !taken) return taken;
  if (auto checked = line::check(wanted); !checked) return checked;
  target = wanted;
  return {};
}

}  // namespace offhook::app
