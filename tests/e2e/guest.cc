#include "tests/e2e/guest.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <set>

#include "emulator/io/fd.h"
#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr char words_file[] = "words";  // the file of what commands in the background say
constexpr auto boot_patience = 120s;    // about 3 s on a quiet machine; many times that among other work

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

/// The files in a folder of this machine's, and the guest's first program beside it.
std::string folder_of(std::map<std::string, std::string> const& files, std::string const& at) {
  namespace fs = std::filesystem;
  for (auto const& [path, data] : files) {
    fs::path to = at;
    to += "/files";
    to += path;
    fs::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary) << data;
    fs::permissions(to, fs::perms(0755));
  }
  std::string init = at + "/init";
  fs::copy_file(fs::path(GUEST_IMAGE_SCRIPT).parent_path() / "guest_systemd.sh", init);
  fs::permissions(init, fs::perms(0755));
  return init;
}

/// One of the processors that are ours: another with each guest, and with each test program.
std::string a_processor() {
  static int guests = getpid();
  cpu_set_t ours;
  CPU_ZERO(&ours);
  if (sched_getaffinity(0, sizeof ours, &ours) != 0 || CPU_COUNT(&ours) == 0) return "0";
  int left = guests++ % CPU_COUNT(&ours);
  for (int i = 0;; ++i)
    if (CPU_ISSET(i, &ours) && left-- == 0) return std::to_string(i);
}

/// Some containers' filters of system calls forbid it.
bool may_fix_addresses() {
  int const ours = personality(0xffffffff);
  bool const may = ours >= 0 && personality(static_cast<unsigned long>(ours) | ADDR_NO_RANDOMIZE) >= 0;
  if (may) (void)personality(static_cast<unsigned long>(ours));
  return may;
}

/// Words before a process of this machine that is a kernel. It traces its programs, and two processors that
/// wake each other at every call and fault take half as long again as one. Where its heap is put at random,
/// it takes what lies before the heap, up to a gigabyte, for memory of its own, and boots twice as long. It
/// ends its helpers on SIGTERM alone; SIGKILL, which children get when a test dies, leaves them.
Argv as_a_process() {
  Argv words{"taskset", "-c", a_processor()};
  if (may_fix_addresses()) words.insert(words.end(), {"setarch", "-R"});
  words.insert(words.end(), {"setpriv", "--pdeathsig", "TERM"});
  return words;
}
/// What it need not make: 256 pseudo-terminals of BSD's kind, half a second; a compressed swap.
constexpr std::initializer_list<char const*> without = {"pty.legacy_count=0", "zswap.enabled=0",
                                                        "loglevel=3"};

/// The kernel's, on the emulated PC.
constexpr char pc_words[] =
    "console=ttyS0 modem=ttyS1 words=ttyS2 rdinit=/init loglevel=3 panic=-1 tsc=reliable mitigations=off";

Argv command_line(GuestSetup const& setup, std::string const& first, std::string const& folder) {
  std::string const& kernel = guest_image(setup.kind).kernel;
  Argv argv = setup.under;
  auto const add = [&](std::initializer_list<std::string> words) { argv.insert(argv.end(), words); };
  if (setup.kind != GuestSetup::Kind::qemu) {
    for (std::string const& word : as_a_process()) argv.push_back(word);
    add({kernel, "con=null", "uml_dir=" + folder});
    if (setup.kind == GuestSetup::Kind::uml)
      add({"mem=96M", "initrd=" + first, "rdinit=/init", "modem=ttyS0", "ssl0=tty:" + setup.port,
           "con0=fd:0,fd:1", "con1=null,fd:2", "words=tty1"});
    else
      add({"mem=160M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "init=" + first,
           "ssl0=fd:0,fd:1"});
    argv.insert(argv.end(), without.begin(), without.end());
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
         "-chardev",
         "file,id=words,path=" + folder + "/" + words_file,
         "-serial",
         "chardev:words",
         "-kernel",
         kernel,
         "-initrd",
         first,
         "-append",
         pc_words});
  }
  return argv;
}

/// The status that a command's words end with.
std::optional<int> end_of(std::string const& log) {
  static std::string const mark = "<ended ";
  auto const at = log.rfind(mark);
  if (at == log.npos || !log.ends_with(">\n")) return std::nullopt;
  return std::stoi(log.substr(at + mark.size()));
}

char const* name_of(GuestSetup::Kind kind) {
  static constexpr char const* names[] = {"uml", "qemu", "systemd"};
  return names[static_cast<size_t>(kind)];
}

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
  io::Fd const said(open((folder_ / words_file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  Spawn spawn;
  spawn.in = spawn.out = ends[1];
  spawn.err = said.get();
  spawn.uid = setup.uid;
  if (setup.uid && chown(folder_.path().c_str(), *setup.uid, *setup.uid) != 0) return;
  process_ = Process(command_line(setup, first_files(setup), folder_.path()), spawn);
  ::close(ends[1]);
}

Guest::~Guest() {
  if (testing::Test::HasFailure())
    std::cerr << "the guest's console:\n"
              << console_.listen(200ms) << "\nits last command:\n"
              << log() << '\n';
  process_.signal(SIGTERM);
  process_.wait(10s);
}

std::string Guest::first_files(GuestSetup const& setup) const {
  if (setup.kind == GuestSetup::Kind::systemd) return folder_of(setup.files, folder_.path());
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

void Guest::begin(std::string const& command) {
  begun_ = read_file(folder_ / words_file).size();
  EXPECT_EQ(sh("begin " + command).status, 0);
}

testing::AssertionResult Guest::says(std::string const& pattern, Clock::duration limit) {
  std::regex const wanted(pattern);
  bool said = false;
  eventually(
      [&] {
        bool const over = end_of(log()).has_value();
        return (said = std::regex_search(log(), wanted)) || over;
      },
      limit);
  if (said) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "it did not say '" << pattern << "':\n" << log();
}

int Guest::ended(Clock::duration limit) {
  std::optional<int> status;
  eventually([&] { return (status = end_of(log())).has_value(); }, limit);
  return status.value_or(-1);
}

void Guest::tell(std::string const& signal) {
  EXPECT_EQ(sh("until read -r pid </tmp/pid; do usleep 50000; done; kill -" + signal + " $pid").status, 0);
}

void Guest::kill() {
  if (!begun_ || end_of(log())) return;
  tell("KILL");
  EXPECT_NE(ended(), -1);
}

std::string Guest::log() const { return read_file(folder_ / words_file).substr(begun_.value_or(0)); }

}  // namespace offhook::e2e
