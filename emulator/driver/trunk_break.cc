#include "emulator/driver/trunk_break.h"

#include <sys/ioctl.h>
#include <termios.h>

#include <csignal>

namespace offhook::driver {

std::string break_as_read(int master) {
  termios settings{};
  if (::tcgetattr(master, &settings) != 0 || (settings.c_iflag & IGNBRK) != 0) return {};
  if ((settings.c_iflag & BRKINT) != 0) {
    ::ioctl(master, TIOCSIG, SIGINT);
    return {};
  }
  if ((settings.c_iflag & PARMRK) != 0) return {'\377', '\0', '\0'};
  return {'\0'};
}

}  // namespace offhook::driver
