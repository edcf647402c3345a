// Our own bugs stop the program, in every build, and say where.
#pragma once

#include <cstdio>
#include <cstdlib>

#define OFFHOOK_CHECK(condition)                                                                       \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      std::fprintf(stderr, "offhook: bug: %s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                                    \
    }                                                                                                  \
  } while (false)
