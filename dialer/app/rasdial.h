// The program rasdial, all but main().
#pragma once

namespace offhook::dialer {

/// Returns the exit status: 0 done; 1 what was asked for failed; 2 bad usage; of a COMMAND its own.
int run(int argc, char** argv);

}  // namespace offhook::dialer
