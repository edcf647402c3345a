#include "tests/e2e/guest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

namespace offhook::e2e {
namespace {

constexpr auto boot_patience = 120s;  // about 3 s on a quiet machine; many times that among other work

/// One member of an archive that the kernel unpacks: cpio's "new ASCII" format (cpio(5)), eight hexadecimal
/// digits a field, name and data padded to four bytes.
void append_member(std::string& archive, std::string const& name, unsigned mode, std::string const& data) {
  char header[111];
  std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0u,
                mode, 0u, 0u, 1u, 0u, data.size(), 0u, 0u, 0u, 0u, name.size() + 1, 0u);
  auto const pad = [&] { archive.append((4 - archive.size() % 4) % 4, '\0'); };
  archive += header + name + '\0';
  pad();
  archive += data;
  pad();
}

/// The files with the folders they are in, as an archive of its own.
std::string archive_of(std::map<std::string, std::string> const& files) {
  std::string archive;
  std::set<std::string> folders;
  for (auto const& [path, data] : files) {
    for (size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1))
      if (std::string folder = path.substr(1, slash - 1); folders.insert(folder).second)
        append_member(archive, folder, 040755, {});
    // pppd reads no secrets that others can read, and runs no script that is not executable.
    append_member(archive, path.substr(1), path.ends_with("secrets") ? 0100600 : 0100755, data);
  }
  append_member(archive, "TRAILER!!!", 0, {});
  return archive;
}

Argv command_line(GuestSetup const& setup, std::string const& initrd, std::string const& folder) {
  std::string const& kernel = guest_image(setup.kind).kernel;
  Argv argv = setup.under;
  auto const add = [&](std::initializer_list<std::string> words) { argv.insert(argv.end(), words); };
  if (setup.kind == GuestSetup::Kind::uml) {
    // The kernel ends its helpers on SIGTERM alone: SIGKILL, which children get when a test dies, leaves
    // them.
    add({"setpriv", "--pdeathsig", "TERM", kernel, "mem=96M", "initrd=" + initrd, "rdinit=/init",
         "modem=ttyS0", "ssl0=tty:" + setup.port, "con0=fd:0,fd:1", "con=null", "uml_dir=" + folder,
         "loglevel=3"});
  } else {
    add({"qemu-system-x86_64",
         "-accel",
         "tcg",
         "-machine",
         "pc",
         "-m",
         "256",
         "-nographic",
         "-no-reboot",
         "-nodefaults",
         "-chardev",
         "stdio,id=con,signal=off",
         "-serial",
         "chardev:con",
         "-chardev",
         "serial,id=modem,path=" + setup.port,
         "-serial",
         "chardev:modem",
         "-kernel",
         kernel,
         "-initrd",
         initrd,
         "-append",
         "console=ttyS0 modem=ttyS1 rdinit=/init loglevel=3 panic=-1 tsc=reliable mitigations=off"});
  }
  return argv;
}

char const* name_of(GuestSetup::Kind kind) { return kind == GuestSetup::Kind::uml ? "uml" : "qemu"; }

GuestImage make_image(GuestSetup::Kind kind) {
  auto const made = run({"bash", GUEST_IMAGE_SCRIPT, name_of(kind), GUEST_IMAGE_CACHE}, boot_patience);
  if (made.status != 0) return {{}, {}, "guest_image.sh: " + made.err};
  std::string const folder = made.out.substr(0, made.out.find('\n'));
  // Not by the cache's path: another user may not be let through it.
  return {std::filesystem::canonical(folder + "/kernel"), folder + "/base.cpio", {}};
}

}  // namespace

GuestImage const& guest_image(GuestSetup::Kind kind) {
  static std::map<GuestSetup::Kind, GuestImage> made;
  auto const found = made.find(kind);
  return found != made.end() ? found->second : made.emplace(kind, make_image(kind)).first->second;
}

Guest::Guest(GuestSetup const& setup) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  console_.adopt(ends[0]);
  Spawn spawn;
  spawn.in = spawn.out = spawn.err = ends[1];
  spawn.uid = setup.uid;
  if (setup.uid && chown(folder_.path().c_str(), *setup.uid, *setup.uid) != 0) return;
  process_ = Process(command_line(setup, initrd(setup), folder_.path()), spawn);
  ::close(ends[1]);
}

Guest::~Guest() {
  if (testing::Test::HasFailure()) std::cerr << "the guest's console:\n" << console_.listen(200ms) << '\n';
  process_.signal(SIGTERM);
  process_.wait(10s);
}

std::string Guest::initrd(GuestSetup const& setup) const {
  std::string path = folder_ / "initrd";
  std::ofstream(path, std::ios::binary)
      << std::ifstream(guest_image(setup.kind).archive, std::ios::binary).rdbuf() << archive_of(setup.files);
  return path;
}

testing::AssertionResult Guest::up() { return console_.expect("<guest 0 0>\n", boot_patience); }

Outcome Guest::sh(std::string const& line, Clock::duration limit) {
  std::string const number = std::to_string(++lines_);
  Outcome outcome;
  if (!console_.type(number + ' ' + line + '\n', limit)) return outcome;
  auto const said = console_.until("<guest " + number + ' ', limit);
  auto const status = said ? console_.until(">\n", limit) : std::nullopt;
  outcome.out = said.value_or("");
  if (status) outcome.status = std::stoi(*status);
  return outcome;
}

void Guest::begin(std::string const& name, std::string const& command) {
  EXPECT_EQ(sh("begin " + name + ' ' + command).status, 0);
}

testing::AssertionResult Guest::says(std::string const& name, std::string const& pattern,
                                     Clock::duration limit) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  if (sh("said " + name + ' ' + std::to_string(seconds) + " '" + pattern + '\'', limit + patience).status ==
      0)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << name << " did not say '" << pattern << "':\n" << log(name);
}

int Guest::ended(std::string const& name, Clock::duration limit) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  int const status = sh("ended " + name + ' ' + std::to_string(seconds), limit + patience).status;
  return status == 255 ? -1 : status;
}

std::string Guest::log(std::string const& name) { return sh("cat /log/" + name).out; }

}  // namespace offhook::e2e
