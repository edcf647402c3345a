#include "rasd/net/pool.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::net {
namespace {

std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

Error malformed(std::string_view range) {
  return error("'", escaped(range.substr(0, 40)),
               "' is no range of addresses; accepted: 10.0.0.2-10.0.0.99, 10.0.0.0/24, 10.0.0.7");
}

}  // namespace

Result<Ipv4> parse_ipv4(std::string_view text) {
  Ipv4 address = 0;
  std::string_view left = text;
  for (int part = 0; part < 4; ++part) {
    size_t const cut = part < 3 ? left.find('.') : left.size();
    auto const value = cut == left.npos ? std::nullopt : number(left.substr(0, cut), 255);
    if (!value) return error("'", escaped(text.substr(0, 40)), "' is no address; accepted: 10.0.0.1");
    address = address << 8 | *value;
    left.remove_prefix(std::min(left.size(), cut + 1));
  }
  return address;
}

Result<Pool> Pool::parse(std::string_view range) {
  Ipv4 first = 0, last = 0;
  size_t const dash = range.find('-'), slash = range.find('/');
  auto const from = parse_ipv4(range.substr(0, std::min(dash, slash)));
  if (!from) return malformed(range);
  first = last = *from;
  if (slash != range.npos) {
    auto const bits = number(range.substr(slash + 1), 32);
    if (!bits || *bits < 16) return malformed(range);
    Ipv4 const hosts = *bits == 32 ? 0 : ~Ipv4{0} >> *bits;
    if ((first & hosts) != 0) return malformed(range);
    last = first + hosts;
    if (hosts > 1) ++first, --last;  // the network's own, and its broadcast
  } else if (dash != range.npos) {
    auto const to = parse_ipv4(range.substr(dash + 1));
    if (!to || *to < first || *to - first >= most_addresses) return malformed(range);
    last = *to;
  }
  Pool pool;
  pool.first_ = first;
  pool.last_ = last;
  for (Ipv4 address = first;; ++address) {
    if (address != 0) pool.free_.push_back(address);
    if (address == last) break;
  }
  return pool;
}

void Pool::change(Pool const& range) {
  auto const leased = std::exchange(leased_, {});
  *this = range;
  leased_ = leased;
  std::erase_if(free_, [&](Ipv4 address) { return leased_.contains(address); });
}

Result<void> Pool::reserve(std::string const& user, Ipv4 address) {
  for (auto const& [other, taken] : reserved_)
    if (taken == address && other != user)
      return error(ppp::ipv4_text(address), " is for ", escaped(std::string_view(other)), " already");
  withhold(address);
  reserved_[user] = address;
  return {};
}

void Pool::withhold(Ipv4 address) {
  if (withheld_.insert(address).second) std::erase(free_, address);
}

Result<Ipv4> Pool::lease(std::string const& user) {
  if (auto const own = reserved_.find(user); own != reserved_.end()) {
    if (!leased_.insert(own->second).second)
      return error(ppp::ipv4_text(own->second), ", the address of ", escaped(std::string_view(user)),
                   ", is in use by another call");
    return own->second;
  }
  if (free_.empty()) return error("all ", std::to_string(leased_.size()), " addresses are in use");
  Ipv4 const address = free_.front();
  free_.pop_front();
  leased_.insert(address);
  return address;
}

void Pool::give_back(Ipv4 address) {
  if (leased_.erase(address) == 0 || withheld_.contains(address)) return;
  if (address < first_ || address > last_) return;  // of a range before this one
  free_.push_back(address);
}

}  // namespace offhook::net
