#include "tests/rooms/tshark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "rasd/ppp/auth_method.h"
#include "rasd/ppp/packet.h"

namespace offhook::tshark {
namespace {

constexpr std::string_view fields[] = {"frame.time_epoch",
                                       "ppp.direction",
                                       "frame.packet_flags_direction",
                                       "ppp.protocol",
                                       "ppp.code",
                                       "ppp.identifier",
                                       "lcp.opt.type",
                                       "lcp.opt.mru",
                                       "lcp.opt.asyncmap",
                                       "lcp.opt.auth_protocol",
                                       "lcp.opt.algorithm",
                                       "lcp.opt.magic_number",
                                       "lcp.opt.operation",
                                       "ipcp.opt.type",
                                       "ipcp.opt.ip_address",
                                       "ipcp.opt.compress_proto",
                                       "ipcp.opt.max_slot_id",
                                       "ipcp.opt.comp_slot_id",
                                       "ipcp.opt.pri_dns_address",
                                       "ipcp.opt.pri_nbns_address",
                                       "ipcp.opt.sec_dns_address",
                                       "ipcp.opt.sec_nbns_address",
                                       "cbcp.opt.type",
                                       "lcp.message",
                                       "lcp.secs_remaining",
                                       "_ws.malformed",
                                       "_ws.expert.message"};

std::vector<std::string> split(std::string const& text, char by) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    auto const end = std::min(text.find(by, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string authentication(Row const& row) {
  auto const protocol = static_cast<unsigned>(std::stoul(row.at("lcp.opt.auth_protocol"), nullptr, 16));
  auto data = ppp::bytes_of({protocol >> 8, protocol & 0xff});
  if (auto const& algorithm = row.at("lcp.opt.algorithm"); !algorithm.empty())
    ppp::put8(data, static_cast<unsigned>(std::stoul(algorithm)));
  return std::string(ppp::name(ppp::method_of(data).value()));
}
std::string compression(Row const& row) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%02lx%02lx", row.at("ipcp.opt.compress_proto").c_str(),
                std::stoul(row.at("ipcp.opt.max_slot_id")),
                std::stoul(row.at("ipcp.opt.comp_slot_id"), nullptr, 0));
  return text;
}

struct Known {
  std::string_view list, type, words, value;
};
constexpr Known known[] = {
    {"lcp.opt.type", "1", "MRU", "lcp.opt.mru"},
    {"lcp.opt.type", "2", "ACCM", "lcp.opt.asyncmap"},
    {"lcp.opt.type", "3", "Authentication", "lcp.opt.auth_protocol"},
    {"lcp.opt.type", "5", "Magic-Number", "lcp.opt.magic_number"},
    {"lcp.opt.type", "7", "PFC", ""},
    {"lcp.opt.type", "8", "ACFC", ""},
    {"lcp.opt.type", "13", "Callback", "lcp.opt.operation"},
    {"ipcp.opt.type", "2", "IP-Compression-Protocol", "ipcp.opt.compress_proto"},
    {"ipcp.opt.type", "3", "IP-Address", "ipcp.opt.ip_address"},
    {"ipcp.opt.type", "129", "Primary-DNS", "ipcp.opt.pri_dns_address"},
    {"ipcp.opt.type", "130", "Primary-NBNS", "ipcp.opt.pri_nbns_address"},
    {"ipcp.opt.type", "131", "Secondary-DNS", "ipcp.opt.sec_dns_address"},
    {"ipcp.opt.type", "132", "Secondary-NBNS", "ipcp.opt.sec_nbns_address"},
};
std::string value(Row const& row, Known const& option) {
  if (option.words == "Authentication") return " " + authentication(row);
  if (option.words == "IP-Compression-Protocol") return " " + compression(row);
  return option.value.empty() ? "" : " " + row.at(std::string(option.value));
}

struct Protocol {
  std::string_view number, name, list;
};
constexpr Protocol protocols[] = {{"0xc021", "LCP", "lcp.opt.type"}, {"0x8021", "IPCP", "ipcp.opt.type"}};
constexpr std::string_view codes[] = {"Configure-Request", "Configure-Ack", "Configure-Nak",
                                      "Configure-Reject"};

Protocol const* protocol_of(Row const& row) {
  auto const number = row.at("ppp.protocol").substr(0, 6);  // those of a rejected packet follow its own
  auto const found = std::ranges::find(protocols, number, &Protocol::number);
  return found == std::end(protocols) ? nullptr : &*found;
}
size_t code_of(Row const& row) {
  auto const& text = row.at("ppp.code");
  return text.empty() ? 0 : std::stoul(text);
}

}  // namespace

bool is_installed() { return std::system("command -v tshark >/dev/null") == 0; }

std::vector<Row> read(std::filesystem::path const& file) {
  std::string command = "tshark -n -r '" + file.string() + "' -T fields -E separator=/t -E aggregator=';'";
  for (auto field : fields) command += " -e " + std::string(field);
  auto* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (!pipe) return {};
  std::string out;
  std::array<char, 65536> some;
  while (auto const n = ::fread(some.data(), 1, some.size(), pipe)) out.append(some.data(), n);
  EXPECT_EQ(::pclose(pipe), 0);
  std::vector<Row> rows;
  for (auto const& line : split(out, '\n')) {
    auto const values = split(line, '\t');
    if (values.size() != std::size(fields)) continue;
    Row row;
    for (size_t i = 0; i < values.size(); ++i) row[std::string(fields[i])] = values[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

bool configures(Row const& row) {
  auto const code = code_of(row);
  return protocol_of(row) && code >= 1 && code <= std::size(codes);
}

std::string words(Row const& row) {
  auto const& protocol = *protocol_of(row);
  std::string out(protocol.name);
  out.append(" ").append(codes[code_of(row) - 1]).append(" ").append(row.at("ppp.identifier"));
  auto const& types = row.at(std::string(protocol.list));
  std::string options;
  for (auto const& type : types.empty() ? std::vector<std::string>{} : split(types, ';'))
    for (auto const& each : known)
      if (each.list == protocol.list && each.type == type)
        options.append(options.empty() ? ": " : ", ").append(each.words).append(value(row, each));
  return out + options;
}

}  // namespace offhook::tshark
