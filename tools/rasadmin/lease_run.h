// A program with a leased port as its standard input and output. The connection to rasd is the lease:
// whatever ends us, ends it.
#pragma once

#include <string>
#include <vector>

namespace offhook::rasadmin {

struct LeaseOrder {
  std::string dir, port;
  std::vector<std::string> command;
  bool json = false;  // an error is also an object on standard output
};

/// The program's exit status (128+n: signal n); 1 where it could not be run, 128+n where signal n came before
/// that. Blocks until the port is given back.
int run_lease(LeaseOrder const& order);

}  // namespace offhook::rasadmin
