// Expected failures: a value, or the word an operator would search for.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace offhook {

/// Why something asked for could not be done, as one sentence for a person: it names the place and what is
/// accepted.
struct Error {
  std::string message;
  bool operator==(Error const&) const = default;
};

/// Called by result<T, Error>::value() on an error: that is our own bug, since callers must look first.
[[noreturn]] inline void throw_exception_from_error(Error const& error, boost::source_location const&) {
  throw std::logic_error(error.message);
}

template <class T>
using Result = boost::system::result<T, Error>;

template <class... Parts>
[[nodiscard]] Error error(Parts&&... parts) {
  Error e;
  (e.message.append(std::forward<Parts>(parts)), ...);
  return e;
}

}  // namespace offhook
