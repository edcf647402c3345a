// What tshark makes of a capture of ours, a frame a row, and how our log says the same.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace offhook::tshark {

/// By field of tshark's. One that is there many times in a frame has its values in order, with ';' between.
using Row = std::map<std::string, std::string>;

bool is_installed();
std::vector<Row> read(std::filesystem::path const& file);

/// Whether it is a packet of LCP or IPCP that asks for options or answers that.
bool configures(Row const& row);
/// Such a packet in the words of ppp::describe().
std::string words(Row const& row);

}  // namespace offhook::tshark
