#include "emulator/pad/output.h"

#include <bit>

namespace offhook::pad {
namespace {

constexpr uint8_t lf_after_received_cr = 1, lf_after_echoed_cr = 4;  // parameter 13
constexpr uint8_t generates_parity = 2;                              // parameter 21
constexpr char padding = '\0';

bool graphic(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

}  // namespace

char with_parity(char c) {
  auto const seven = static_cast<unsigned char>(c & 0x7f);
  return static_cast<char>(seven | (std::popcount(seven) & 1 ? 0x80 : 0));
}

/// Folding comes before the graphic character that no longer fits (X.3 3.10).
void Output::put(Parameters const& parameters, Source source, char c, std::string& out) {
  uint8_t const width = parameters[Ref::line_folding];
  if (width != 0 && column_ >= width && graphic(c)) {
    emit(parameters, source, '\r', out);
    emit(parameters, source, '\n', out);
  }
  emit(parameters, source, c, out);
  uint8_t const insertion = parameters[Ref::lf_insertion];
  bool const insert = (source == Source::line && (insertion & lf_after_received_cr)) ||
                      (source == Source::echo && (insertion & lf_after_echoed_cr));
  if (c == '\r' && insert) emit(parameters, source, '\n', out);
}

void Output::emit(Parameters const& parameters, Source source, char c, std::string& out) {
  bool const parity = parameters[Ref::parity] & generates_parity;
  out += parity ? with_parity(c) : c;
  if (c == '\r') {
    column_ = 0;
    out.append(parameters[Ref::cr_padding], padding);
  } else if (c == '\n') {
    out.append(parameters[Ref::lf_padding], padding);
    if (source == Source::line && lines_ < 255) ++lines_;
  } else if (c == '\b') {
    if (column_ > 0) --column_;
  } else if (graphic(c) && column_ < 255) {
    ++column_;
  }
}

bool Output::page_full(Parameters const& parameters) const {
  uint8_t const page = parameters[Ref::page_wait];
  return page != 0 && lines_ >= page;
}

bool Output::plain(Parameters const& parameters) {
  for (auto const ref :
       {Ref::discard_output, Ref::cr_padding, Ref::line_folding, Ref::lf_padding, Ref::page_wait})
    if (parameters[ref] != 0) return false;
  return !(parameters[Ref::lf_insertion] & lf_after_received_cr) &&
         !(parameters[Ref::parity] & generates_parity);
}

}  // namespace offhook::pad
