// A program whose standard input and output are the line.
#pragma once

#include "dialer/app/line_use.h"

namespace offhook::dialer {

Result<std::unique_ptr<LineUse>> run_command(boost::asio::io_context& context, io::Alarm& alarm,
                                             serial::Station::Data line, LineUseConfig const& config,
                                             LineUse::Handlers handlers);

}  // namespace offhook::dialer
