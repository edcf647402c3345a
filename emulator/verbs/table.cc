#include "emulator/verbs/table.h"

#include <algorithm>
#include <array>

#include "emulator/verbs/values.h"

namespace offhook::verbs {
namespace {

using enum Kind;
using enum Form;
using std::string_view;

constexpr std::array<string_view, 3> end_words{"near", "far", "both"};
constexpr std::array<string_view, 5> force_words{"busy", "no-answer", "no-dialtone", "voice", "none"};
constexpr std::array<string_view, 2> training_words{"instant", "realistic"};
constexpr std::array<string_view, 2> flow_words{"ok", "stuck"};
constexpr std::array<string_view, 2> preset_words{"default", "none"};
constexpr std::array<string_view, 1> none_words{"none"};
constexpr std::array<string_view, 2> pace_words{"instant", "realistic"};
constexpr std::array<string_view, 1> shell_words{"bash"};
constexpr std::array<string_view, 7> log_words{"trace", "debug", "info", "warn", "error", "critical", "off"};

constexpr Argument the_port{.name = "port",
                            .kind = port,
                            .form = positional,
                            .required = true,
                            .help = "The port, as status lists it: ttyVM0."};
constexpr Argument any_port{.name = "port",
                            .kind = port,
                            .form = positional,
                            .help = "One port only, such as ttyVM0; all of them where it is left out."};
constexpr Argument as_json{.name = "json",
                           .kind = flag,
                           .local = true,
                           .help =
                               "Print the bank's answer as it came: JSON, one object a line; of a failure "
                               "{\"error\":{\"code\",\"message\"}}, with the words on standard error as "
                               "ever."};
constexpr Argument for_time{
    .name = "for", .kind = duration, .local = true, .help = "Stop after this long; without it, at Ctrl-C."};

constexpr std::array common{
    Argument{.name = "dir",
             .kind = path,
             .local = true,
             .help =
                 "The bank's directory: ports, control.sock, v24.sock. Default: VMODEM_DIR; else /run/vmodem "
                 "for root, $XDG_RUNTIME_DIR/vmodem, or /tmp/vmodem-UID."},
    Argument{.name = "help", .kind = flag, .local = true, .help = "Print this text."},
    Argument{.name = "version", .kind = flag, .local = true, .help = "Print the version."},
};

constexpr std::array up_arguments{
    Argument{.name = "modems",
             .kind = count,
             .local = true,
             .max = 20000,
             .help =
                 "How many modems (default 4): ttyVM0 with number 5550100, ttyVM1 with 5550101, and so on, "
                 "after those that the configuration names."},
    Argument{.name = "config", .kind = path, .local = true, .help = "A configuration in TOML."},
    Argument{.name = "mode",
             .kind = mode,
             .local = true,
             .help = "Permissions of the ports (default 0600; 0660 for root)."},
    Argument{.name = "group",
             .kind = text,
             .local = true,
             .max = 64,
             .help = "Group of the ports, by name or number (default: the caller's; dialout for root)."},
    Argument{.name = "pace",
             .kind = choice,
             .local = true,
             .words = pace_words,
             .help = "Whether digits, tones and training take no time (instant, the default) or their own."},
    Argument{.name = "seed",
             .kind = count,
             .local = true,
             .max = largest_seed,
             .help = "Of all chance in the bank (default 1): the same seed and the same calls give the same "
                     "bytes."},
    Argument{.name = "log",
             .kind = choice,
             .local = true,
             .words = log_words,
             .help = "What is written to standard error (default warn)."},
};
constexpr std::array status_arguments{any_port, as_json};
constexpr std::array stream_arguments{any_port, for_time, as_json};
constexpr std::array ring_arguments{
    the_port,
    Argument{
        .name = "from",
        .kind = caller,
        .help =
            "The caller's number; or 'withheld' (shown as P) or 'unavailable' (shown as O, the default)."},
    Argument{.name = "name", .kind = text, .max = 15, .help = "The caller's name, at most 15 characters."},
    Argument{.name = "rings",
             .kind = count,
             .max = 255,
             .fallback = "0",
             .help = "The caller gives up at the end of this burst; 0: never."},
    Argument{
        .name = "to",
        .kind = number,
        .help =
            "Who speaks once the call is answered: a modem's or a test line's number (default: an echo)."},
    Argument{.name = "pattern",
             .kind = count,
             .max = 5,
             .fallback = "0",
             .help = "The cadence: 0 the usual ring, 1 to 5 distinctive ones."},
    Argument{.name = "wait",
             .kind = flag,
             .help = "Return when the call was answered (exit status 0) or ended unanswered (1)."},
    as_json,
};
constexpr Argument whose_end{.name = "end",
                             .kind = choice,
                             .fallback = "both",
                             .words = end_words,
                             .help = "Whose carrier detection it is: near is this port's."};
constexpr std::array drop_arguments{
    the_port,
    whose_end,
    Argument{
        .name = "after",
        .kind = amount,
        .help = "Not now but after so many bytes (4096, 64KiB) over the call, or so long (250ms, 2s, 1m)."},
    Argument{.name = "cancel", .kind = flag, .help = "Take back a drop that was ordered and waits."},
    as_json,
};
constexpr std::array restore_arguments{the_port, whose_end, as_json};
constexpr std::array clip_arguments{
    the_port,
    Argument{.name = "time",
             .kind = duration,
             .form = positional,
             .required = true,
             .help = "For how long, such as 500ms: a modem hangs up once it is longer than its S10."},
    whose_end,
    as_json,
};
constexpr std::array unplug_arguments{
    the_port,
    Argument{
        .name = "remove",
        .kind = flag,
        .help = "Hang up the programs that have the port open, as a USB tty does when it is pulled out."},
    as_json,
};
constexpr std::array port_arguments{the_port, as_json};
constexpr std::array line_arguments{
    the_port,
    Argument{.name = "preset",
             .kind = choice,
             .form = word,
             .words = preset_words,
             .help = "First of all: default is what the configuration says, none a line without a fault."},
    Argument{
        .name = "rate", .kind = rate, .form = pair, .help = "Bit/s each way, such as 33600, or unlimited."},
    Argument{.name = "training",
             .kind = choice,
             .form = pair,
             .words = training_words,
             .help = "Whether the modems train in no time or as long as real ones."},
    Argument{.name = "delay", .kind = duration, .form = pair, .help = "One way, such as 250ms; at most 10s."},
    Argument{.name = "jitter",
             .kind = duration,
             .form = pair,
             .help = "More delay, by chance from 0 to this; at most 10s. Bytes keep their order."},
    Argument{.name = "errors",
             .kind = share,
             .form = pair,
             .help = "Of the bits, how many are wrong: 1e-5. Where the modems have error control, this costs "
                     "time instead."},
    Argument{.name = "bursts",
             .kind = bursts,
             .form = pair,
             .help = "Bit errors in bursts: the mean gap between them and their mean length in bits, and how "
                     "many of the bits within are wrong: 1e6,50,0.3."},
    Argument{.name = "loss", .kind = share, .form = pair, .help = "Of the bytes, how many are lost."},
    Argument{
        .name = "duplication", .kind = share, .form = pair, .help = "Of the bytes, how many come twice."},
    Argument{.name = "flow",
             .kind = choice,
             .form = pair,
             .words = flow_words,
             .help = "stuck: nothing is handed over either way, and senders are held back."},
    Argument{.name = "seed",
             .kind = count,
             .form = pair,
             .max = largest_seed,
             .help = "Of what is left to chance; 0: each call has one of its own, from the bank's."},
    as_json,
};
constexpr std::array fault_arguments{
    the_port,
    Argument{.name = "preset", .kind = choice, .form = word, .words = none_words, .help = "Ends them all."},
    Argument{.name = "echo",
             .kind = share,
             .form = pair,
             .help = "Of the characters it echoes, how many are wrong: 0.1."},
    Argument{.name = "results",
             .kind = share,
             .form = pair,
             .help = "Of the characters of result codes and other text, how many are wrong."},
    Argument{.name = "delay",
             .kind = duration,
             .form = pair,
             .help = "How late result codes and other text come, such as 2s; at most 60s."},
    Argument{.name = "seed",
             .kind = count,
             .form = pair,
             .max = largest_seed,
             .help = "Of what is left to chance; 0: one of the port's own, from the bank's."},
    as_json,
};
constexpr std::array force_arguments{
    the_port,
    Argument{.name = "outcome",
             .kind = choice,
             .form = positional,
             .required = true,
             .words = force_words,
             .help = "What calls from this port meet; none ends it."},
    as_json,
};
constexpr std::array run_arguments{
    Argument{.name = "wait-carrier",
             .kind = flag,
             .local = true,
             .help = "A blocking open of a port without CLOCAL waits for carrier."},
    Argument{.name = "program",
             .kind = text,
             .form = rest,
             .local = true,
             .max = 4096,
             .help = "What to run, and its arguments."},
};
constexpr std::array completion_arguments{
    Argument{.name = "shell",
             .kind = choice,
             .form = positional,
             .required = true,
             .local = true,
             .words = shell_words,
             .help = "The shell to write for."},
    Argument{.name = "word",
             .kind = text,
             .form = rest,
             .local = true,
             .max = 4096,
             .help = "The words of a command line so far: prints what may stand for the last one."},
};
constexpr std::array help_arguments{
    Argument{.name = "verb",
             .kind = text,
             .form = positional,
             .local = true,
             .max = 32,
             .help = "The verb to explain."},
};

constexpr std::array verbs{
    Verb{.name = "up",
         .summary = "Run a bank of modems in the foreground",
         .description = "Makes the ports, prints one line for each (its name, its path, its number), then "
                        "'ready', and runs "
                        "until SIGTERM or SIGINT, which end calls and remove names and sockets; a second "
                        "signal kills it. "
                        "One bank runs in a directory; what a killed one left there is cleaned up.\n\n"
                        "What the command line says goes before the configuration.",
         .example = "vmodem up --modems 8 --dir /tmp/bank",
         .arguments = up_arguments,
         .local = true},
    Verb{.name = "status",
         .summary = "Show the modems as they are now",
         .description = "One line a modem: its state, circuits, call, line, and the faults that are set.",
         .example = "vmodem status",
         .arguments = status_arguments},
    Verb{.name = "watch",
         .summary = "Show events as they happen",
         .description = "One line an event: opens and closes, circuits, states, rings, calls, faults. A "
                        "reader that is too "
                        "slow is told how many events it missed; it holds up nobody.",
         .example = "vmodem watch ttyVM0 --for 30s",
         .arguments = stream_arguments,
         .streams = true},
    Verb{.name = "trace",
         .summary = "Show the bytes over a port, both ways",
         .description = "One line a chunk, escaped: --> is from the program to the modem, <-- the other way.",
         .example = "vmodem trace ttyVM0",
         .arguments = stream_arguments,
         .streams = true},
    Verb{.name = "ring",
         .summary = "Call a modem from outside",
         .description =
             "Rings the modem as a caller would. It returns at once unless --wait is given. A call that is "
             "answered speaks to an echo, or to --to.",
         .example = "vmodem ring ttyVM0 --from 5550199 --name ALICE --rings 3 --wait",
         .arguments = ring_arguments},
    Verb{.name = "drop",
         .summary = "Take the carrier from a call",
         .description =
             "The carrier of the call on this port is lost, as on a line that fails: now, or later. A call "
             "that is not answered yet ends: whoever rings gives up.",
         .example = "vmodem drop ttyVM0 --after 10kB",
         .arguments = drop_arguments},
    Verb{.name = "restore",
         .summary = "Give a call its carrier back",
         .description = "Ends what drop or clip began, as long as the modems have not hung up: they wait for "
                        "it as long as S10 says.",
         .example = "vmodem restore ttyVM0",
         .arguments = restore_arguments},
    Verb{.name = "clip",
         .summary = "Take the carrier from a call for a while",
         .description = "The carrier is not heard for so long, as when a second set on the loop is lifted. "
                        "Without error control what is sent meanwhile is lost; with it, it is late.",
         .example = "vmodem clip ttyVM0 500ms --end near",
         .arguments = clip_arguments},
    Verb{.name = "retrain",
         .summary = "Make the modems of a call train anew",
         .description = "As long as their modulation takes for it nothing arrives, and bytes wait. V.21, "
                        "V.22, Bell 103 and 212A have no retrain.",
         .example = "vmodem retrain ttyVM0",
         .arguments = port_arguments},
    Verb{
        .name = "unplug",
        .summary = "Pull a port's cable",
        .description =
            "Takes DTR, DSR, CTS, DCD and all bytes away; the program keeps its descriptor, unless --remove.",
        .example = "vmodem unplug ttyVM0",
        .arguments = unplug_arguments},
    Verb{.name = "plug",
         .summary = "Put a port's cable back",
         .description = "Ends what unplug began.",
         .example = "vmodem plug ttyVM0",
         .arguments = port_arguments},
    Verb{
        .name = "line",
        .summary = "Set what a port's line is like",
        .description =
            "Applies to the call that stands and to later ones. Keys that are not named stay. A call between "
            "two ports meets both lines: the lesser rate; delays and jitters add; shares a and b of what "
            "goes wrong make 1-(1-a)(1-b).",
        .example = "vmodem line ttyVM0 rate=33600 errors=1e-5 delay=50ms",
        .arguments = line_arguments,
        .wants_pair = true},
    Verb{.name = "fault",
         .summary = "Make a modem say its words wrong or late",
         .description = "Of what the modem itself says to the program; the data of a call is never touched. "
                        "Keys that are not named stay.",
         .example = "vmodem fault ttyVM0 echo=0.1 delay=2s",
         .arguments = fault_arguments,
         .wants_pair = true},
    Verb{.name = "wedge",
         .summary = "Make a modem deaf and dumb",
         .description = "The modem ignores everything but reset, as a crashed one does.",
         .example = "vmodem wedge ttyVM0",
         .arguments = port_arguments},
    Verb{.name = "reset",
         .summary = "Switch a modem off and on",
         .description = "A power cycle: the call is lost, the profile comes from memory, a wedge ends.",
         .example = "vmodem reset ttyVM0",
         .arguments = port_arguments},
    Verb{.name = "force",
         .summary = "Make a port's calls fail in a given way",
         .description =
             "Whatever number is dialled from this port, the call meets this outcome, until 'none'.",
         .example = "vmodem force ttyVM0 busy",
         .arguments = force_arguments},
    Verb{.name = "run",
         .summary = "Run a program with the modem lines of the ports",
         .description =
             "The program, and all it starts, may ask the ports of the bank what a pty does not know: "
             "TIOCMGET, TIOCMSET, TIOCMIWAIT, TIOCGICOUNT, break. It ends, stops and is signalled as if it "
             "were run alone; its exit status is the verb's.",
         .example = "vmodem run -- minicom -D /run/vmodem/ttyVM0",
         .arguments = run_arguments,
         .local = true},
    Verb{.name = "completion",
         .summary = "Print a shell's completion script",
         .description = "It completes verbs, options, their values, and the ports of a running bank.",
         .example = "source <(vmodem completion bash)",
         .arguments = completion_arguments,
         .local = true},
    Verb{.name = "help",
         .summary = "Explain vmodem, or one verb",
         .description = "The same as --help.",
         .example = "vmodem help ring",
         .arguments = help_arguments,
         .local = true},
};

}  // namespace

std::span<Verb const> table() { return verbs; }

Verb const* find(string_view name) {
  auto const* const verb = std::ranges::find(verbs, name, &Verb::name);
  return verb == verbs.end() ? nullptr : verb;
}

std::span<Argument const> common_options() { return common; }

Argument const* find_argument(Verb const* verb, string_view name) {
  if (verb != nullptr)
    for (Argument const& argument : verb->arguments)
      if (argument.name == name) return &argument;
  auto const* const argument = std::ranges::find(common, name, &Argument::name);
  return argument == common.end() ? nullptr : argument;
}

}  // namespace offhook::verbs
