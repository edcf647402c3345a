#include "emulator/telnet/q_method.h"

#include <cstddef>

namespace offhook::telnet {
namespace {

using enum QState;
constexpr Say none = Say::nothing, on = Say::on, off = Say::off;

struct Row {
  QState state;
  QStep on_input[5];
};

// RFC 1143 section 7. A DONT answered by WILL (want_no, welcome) is the peer's error: the option stays off.
constexpr Row table[] = {
    // clang-format off
    //                   welcome          unwelcome        off             ask_on                    ask_off
    {no,                {{yes, on},       {no, off},       {no, none},     {want_yes, on},           {no, none}}},
    {yes,               {{yes, none},     {yes, none},     {no, off},      {yes, none},              {want_no, off}}},
    {want_no,           {{no, none},      {no, none},      {no, none},     {want_no_opposite, none}, {want_no, none}}},
    {want_no_opposite,  {{yes, none},     {yes, none},     {want_yes, on}, {want_no_opposite, none}, {want_no, none}}},
    {want_yes,          {{yes, none},     {yes, none},     {no, none},     {want_yes, none},
                         {want_yes_opposite, none}}},
    {want_yes_opposite, {{want_no, off},  {want_no, off},  {no, none},     {want_yes, none},
                         {want_yes_opposite, none}}},
    // clang-format on
};

}  // namespace

QStep step(QState state, QInput input) {
  return table[static_cast<size_t>(state)].on_input[static_cast<size_t>(input)];
}

}  // namespace offhook::telnet
