// Verbs that ask a running rasd over its control socket.
#pragma once

#include <string>
#include <vector>

#include "emulator/io/run_dir.h"
#include "emulator/rpc/client.h"
#include "tools/rasadmin/console.h"
#include "tools/rasadmin/options.h"

namespace offhook::rasadmin {

io::RunDir rasd_dir(Options const& options);
/// The error says how to come by a rasd.
Result<rpc::Client> connect(io::RunDir const& dir);
/// One question, its answer shown.
Status ask(Options const& options);
/// The picture, then each entry, until Ctrl-C or the end of its time.
Status watch(Options const& options);
/// For completion: says nothing, waits little, none where no rasd runs.
std::vector<std::string> port_names(std::string const& dir);

}  // namespace offhook::rasadmin
