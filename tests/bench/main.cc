// offhook_bench [--quick] [--tcp | --ras | --run | --ppp] [--rounds N]: a table of what the bank costs.
// Speeds are ratios against a bare relay, measured turn about in the same minute, because a single run on a
// shared machine is good to no better than 20%.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "tests/bench/frames.h"
#include "tests/bench/idle_links.h"
#include "tests/bench/ip.h"
#include "tests/bench/measure.h"
#include "tests/bench/paced.h"
#include "tests/bench/ras.h"
#include "tests/bench/run.h"

namespace {

using namespace offhook::bench;

struct Effort {
  int rounds;
  double share;  // of the bytes, trips, calls
  double idle_seconds;
};

struct Bulk {
  size_t write_size, total;
};
constexpr Bulk bulks[] = {{1, 400'000}, {64, 16'000'000}, {4096, 60'000'000}, {65536, 60'000'000}};

/// Figures of each pair, round by round; the order turns, so that none is always first.
using Figures = std::vector<std::vector<double>>;
Figures turn_about(std::vector<std::unique_ptr<Pair>> const& pairs, int rounds,
                   std::function<double(Pair const&)> const& measure) {
  Figures figures(pairs.size());
  for (int round = 0; round < rounds; ++round)
    for (size_t turn = 0; turn < pairs.size(); ++turn) {
      size_t const which = (turn + static_cast<size_t>(round)) % pairs.size();
      figures[which].push_back(measure(*pairs[which]));
    }
  return figures;
}

double quartile(std::vector<double> values, size_t which) {
  std::ranges::sort(values);
  return values[(values.size() - 1) * which / 4];
}

/// The first pair is the reference: its median, then each other's and the quartiles of the ratios of each
/// round.
void print_row(char const* label, Figures const& figures) {
  std::printf("%-22s %10.2f", label, median(figures[0]));
  for (size_t which = 1; which < figures.size(); ++which) {
    std::vector<double> ratios;
    for (size_t round = 0; round < figures[0].size(); ++round)
      ratios.push_back(figures[which][round] / figures[0][round]);
    std::printf(" %10.2f %6.2f (%4.2f-%4.2f)", median(figures[which]), median(ratios), quartile(ratios, 1),
                quartile(ratios, 3));
  }
  std::printf("\n");
  std::fflush(stdout);
}

void print_names(std::vector<std::unique_ptr<Pair>> const& pairs) {
  std::printf("%-22s", "");
  for (auto const& pair : pairs)
    std::printf(pair == pairs.front() ? " %10s" : " %10s  ratio (quartiles)", pair->name().c_str());
  std::printf("\n");
}

void measure_pairs(Effort const& effort) {
  std::vector<std::unique_ptr<Pair>> pairs;
  pairs.push_back(bare_relay());
  pairs.push_back(modems());
  if (auto joined = socat()) pairs.push_back(std::move(joined));
  print_names(pairs);
  for (auto const& [write_size, total] : bulks) {
    auto const bytes = static_cast<size_t>(static_cast<double>(total) * effort.share);
    std::string const label = "MB/s, writes of " + std::to_string(write_size);
    print_row(label.c_str(), turn_about(pairs, effort.rounds, [&, size = write_size](Pair const& pair) {
                return bulk_mb_per_s(pair, size, bytes);
              }));
  }
  int const trips = static_cast<int>(4000 * effort.share);
  print_row("1-byte round trip, us",
            turn_about(pairs, effort.rounds, [&](Pair const& pair) { return round_trip_us(pair, trips); }));
}

void measure_tcp(Effort const& effort) {
  std::vector<std::unique_ptr<Pair>> out, in;  // port to peer, peer to port
  std::printf("\n");
  if (auto joined = socat_tcp()) {
    out.push_back(std::move(joined));
  } else {
    std::printf("calls through TCP not measured: no socat to compare with\n");
    return;
  }
  out.push_back(tcp_call());
  for (auto const& pair : out) in.push_back(reversed(*pair));
  print_names(out);
  for (auto const* way : {&out, &in})
    for (size_t const size : {64, 4096, 65536}) {
      auto const bytes = static_cast<size_t>((size == 64 ? 16e6 : 60e6) * effort.share);
      std::string const label =
          (way == &out ? "MB/s to TCP, by " : "MB/s from TCP, by ") + std::to_string(size);
      print_row(label.c_str(), turn_about(*way, effort.rounds, [&](Pair const& pair) {
                  return bulk_mb_per_s(pair, size, bytes);
                }));
    }
  int const trips = static_cast<int>(4000 * effort.share);
  print_row("1-byte round trip, us",
            turn_about(out, effort.rounds, [&](Pair const& pair) { return round_trip_us(pair, trips); }));
}

void measure_banks(Effort const& effort) {
  std::printf("\n%8s %12s %12s %14s %14s %10s %12s\n", "modems", "ready, ms", "dial, us", "RSS/modem KiB",
              "heap/modem KiB", "idle CPU %", "wake-ups/s");
  BankFigures smallest;
  for (int const count : {4, 1000, 10000}) {
    if (auto const obstacle = obstacle_to(count)) {
      std::printf("%8d not measured: %s\n", count, obstacle->c_str());
      continue;
    }
    auto const figures =
        measure_bank(count, std::max(20, static_cast<int>(400 * effort.share)), effort.idle_seconds);
    std::printf("%8d %12.1f %12.1f", count, figures.start_ms, figures.dial_to_connect_us);
    if (count == 4) {
      smallest = figures;
      std::printf(" %14s %14s", "-", "-");
    } else {
      std::printf(" %14.2f %14.2f", (figures.resident_kib - smallest.resident_kib) / (count - 4),
                  (figures.own_heap_kib - smallest.own_heap_kib) / (count - 4));
    }
    std::printf(" %10.3f %12.2f\n", figures.idle_cpu_percent, figures.idle_wake_ups_per_s);
    std::fflush(stdout);
  }
}

void measure_paced_calls(Effort const& effort) {
  std::printf("\n%-22s %12s %14s %12s %14s %12s\n", "calls at 33600", "CPU %", "CPU % of 1000", "wake-ups/s",
              "late, ms", "of the rate");
  for (int const calls : {1, 100, 250}) {
    auto const figures = measure_paced(calls, effort.idle_seconds);
    std::printf("%-22d %12.1f ", calls, figures.cpu_percent);
    if (calls < 100)
      std::printf("%14s", "-");  // too little to be scaled
    else
      std::printf("%14.1f", figures.cpu_percent * 1000 / calls);
    std::printf(" %12.0f %6.1f (%5.1f) %12.3f\n", figures.wake_ups_per_s, figures.late_ms,
                figures.late_worst_ms, figures.share_of_rate);
    std::fflush(stdout);
  }
}

void measure_port_managers(Effort const& effort) {
  std::printf("\n%-10s %12s %18s %18s %14s %10s %10s\n", "ras ports", "listen, ms", "lease back, ms",
              "foreign back, ms", "snapshot, ms", "idle CPU %", "RSS KiB");
  for (int const ports : {4, 1000}) {
    if (auto const obstacle = obstacle_to(3 * ports)) {
      std::printf("%-10d not measured: %s\n", ports, obstacle->c_str());
      continue;
    }
    auto const figures = measure_ras(ports, std::max(5, static_cast<int>(20 * effort.share)),
                                     std::max(10.0, effort.idle_seconds));
    std::printf("%-10d %12.0f %8.0f (%7.0f) %8.0f (%7.0f) %14.2f %10.2f %10.0f\n", ports, figures.start_ms,
                figures.recovery_ms, figures.recovery_worst_ms, figures.foreign_ms, figures.foreign_worst_ms,
                figures.snapshot_ms, figures.idle_cpu_percent, figures.resident_kib);
    std::fflush(stdout);
  }
}

void measure_supervised(Effort const& effort) {
  auto const figures = measure_run(effort.rounds, effort.share);
  std::printf("\n%-22s %12s %12s %12s %12s %14s %14s %14s\n", "ns a call", "TIOCMGET", "TCGETS", "FIONREAD",
              "getppid", "open to read", "open to write", "pipe and back");
  auto const row = [](char const* name, CallCosts const& costs) {
    std::printf("%-22s %12.0f %12.0f %12.0f %12.0f %14.0f %14.0f %14.0f\n", name, costs.tiocmget,
                costs.tcgets, costs.fionread, costs.getppid, costs.open_to_read, costs.open_to_write,
                costs.pipes);
  };
  row("alone", figures.alone);
  row("vmodem run", figures.under);
  row("... --wait-carrier", figures.waiting);
  if (figures.zmodem.empty()) {
    std::printf("ZMODEM not measured: sz or rz failed\n");
    return;
  }
  std::printf("%-22s %10.2f MB/s alone, under run %.3f of it (%.3f-%.3f)\n", "ZMODEM",
              figures.zmodem_mb_per_s, median(figures.zmodem), quartile(figures.zmodem, 1),
              quartile(figures.zmodem, 3));
}

void measure_ppp_frames(Effort const& effort) {
  std::printf("\n%-22s %12s %12s %12s\n", "PPP frames, MB/s", "encode", "decode", "memcpy");
  for (bool const xon_xoff : {false, true}) {
    auto const figures = measure_frames(xon_xoff, 600 * effort.share);
    std::printf("%-22s %12.0f %12.0f %12.0f\n", xon_xoff ? "XON, XOFF escaped" : "no control escaped",
                figures.encode_mb_per_s, figures.decode_mb_per_s, figures.memcpy_mb_per_s);
  }
}

void measure_ip_calls(Effort const& effort) {
  std::printf("\n%-22s %10s %10s  %-18s %10s  %s\n", "IP over a call, MB/s", "bytes", "slirp", "of the bytes",
              "tun", "of the bytes");
  struct Row {
    char const* label;
    int rate;
    size_t bytes;
  };
  Row const rows[] = {{"no limit", 0, static_cast<size_t>(20e6 * effort.share)},
                      {"33600 bit/s", 33600, static_cast<size_t>(150e3 * effort.share)}};
  for (Row const& row : rows) {
    auto const figures = measure_ip(row.rate, row.bytes, row.rate == 0 ? effort.rounds : 1);
    if (!figures.obstacle.empty()) {
      std::printf("%-22s not measured: %s\n", row.label, figures.obstacle.c_str());
      continue;
    }
    std::printf("%-22s %10.4f", row.label, figures.bytes_mb_per_s);
    for (auto const* way : {&figures.slirp, &figures.tun})
      if (way->ratios.empty())
        std::printf(" not measured: it takes root");
      else
        std::printf(" %10.4f %6.3f (%5.3f-%5.3f)", way->mb_per_s, median(way->ratios),
                    quartile(way->ratios, 1), quartile(way->ratios, 3));
    std::printf("\n");
    std::fflush(stdout);
  }
}

void measure_links(Effort const& effort) {
  auto const figures = measure_idle_links(1000, std::max(5.0, effort.idle_seconds));
  std::printf("\n%-22s %10.1f CPU %%, both ends, %.0f echoes a second, %.1f us each; each 20 s: %.2f %%\n",
              "1000 idle PPP links", figures.cpu_percent, figures.echoes, figures.us_an_echo,
              figures.us_an_echo * 2 * 1000 / 20 / 1e6 * 100);
}

void measure_ppp(Effort const& effort) {
  measure_ppp_frames(effort);
  measure_ip_calls(effort);
  measure_links(effort);
}

}  // namespace

int main(int argc, char** argv) {
  Effort effort{9, 1, 10};
  bool all = true, ras_alone = false, run_alone = false, ppp_alone = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      effort = {3, 0.2, 2};
    } else if (std::strcmp(argv[i], "--tcp") == 0) {
      all = false;
    } else if (std::strcmp(argv[i], "--ras") == 0) {
      ras_alone = true;
    } else if (std::strcmp(argv[i], "--run") == 0) {
      run_alone = true;
    } else if (std::strcmp(argv[i], "--ppp") == 0) {
      ppp_alone = true;
    } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      effort.rounds = std::atoi(argv[++i]);
    } else {
      std::fprintf(stderr, "usage: offhook_bench [--quick] [--tcp | --ras | --run | --ppp] [--rounds N]\n");
      return 2;
    }
  }
  if (ras_alone) {
    measure_port_managers(effort);
    return 0;
  }
  if (run_alone) {
    measure_supervised(effort);
    return 0;
  }
  if (ppp_alone) {
    measure_ppp(effort);
    return 0;
  }
  if (all) measure_pairs(effort);
  measure_tcp(effort);
  if (!all) return 0;
  measure_banks(effort);
  measure_paced_calls(effort);
  measure_port_managers(effort);
  measure_supervised(effort);
  measure_ppp(effort);
}
