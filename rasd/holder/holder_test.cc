#include "rasd/holder/holder.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <memory>

#include "rasd/holder/signs.h"
#include "rasd/holder/test_support.h"

namespace offhook::holder {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Kind = Claim::Kind;

auto by(pid_t pid, Kind kind) {
  return AllOf(Field("kind", &Claim::kind, kind), Field("by", &Claim::by, Field(&Process::pid, pid)));
}

class Holders : public testing::Test {
 protected:
  Options options() const { return {{locks.path()}, {}}; }
  std::vector<Claim> found() const { return claims(port.tty(), options()).value(); }
  Findings ask(Refusal refused, int descriptor = -1, std::vector<pid_t> ours = {}) const {
    return survey(Question{port.tty(), descriptor, refused, std::move(ours)}, options()).value();
  }
  bool holds_open() const { return port.open() >= 0; }

  Folder names, locks;
  Port port{names};
};

TEST_F(Holders, a_tty_that_nobody_has_is_free) {
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(ask(Refusal::none).stale, IsEmpty());
}

TEST_F(Holders, an_identity_knows_the_name_asked_for_and_where_it_leads) {
  auto const tty = port.tty();
  EXPECT_EQ(tty.name(), "ttyVM0");
  EXPECT_THAT(tty.paths, ElementsAre(port.path, port.target));
  EXPECT_TRUE(tty.is_pts());
  EXPECT_TRUE(tty.born);
  EXPECT_THAT(identify("/dev/null")->name(), "null");
  EXPECT_FALSE(identify("/dev/null")->is_pts());
  EXPECT_THAT(identify(names / "none").error().message, HasSubstr("No such file"));
  EXPECT_THAT(identify(locks.path()).error().message, HasSubstr("is no tty"));
}

TEST_F(Holders, whoever_merely_has_it_open_is_named) {
  Child const child([&] { return ::prctl(PR_SET_NAME, "minicom") == 0 && holds_open(); });
  ASSERT_TRUE(child.made);
  auto const claims = found();
  ASSERT_THAT(claims, ElementsAre(by(child.pid, Kind::open)));
  EXPECT_EQ(claims[0].evidence, "open " + port.target);
  EXPECT_EQ(claims[0].by.start_time, read_stat(child.pid)->start_time);
  EXPECT_THAT(sentence(claims[0]),
              AllOf(StartsWith("minicom (pid " + std::to_string(child.pid) + ", user "),
                    HasSubstr(", since "), EndsWith(" holds ttyVM0: open " + port.target)));
}

TEST_F(Holders, two_descriptors_of_one_process_are_one_claim) {
  Child const child([&] { return holds_open() && holds_open(); });
  EXPECT_THAT(found(), ElementsAre(by(child.pid, Kind::open)));
}

TEST_F(Holders, processes_of_our_own_are_left_out) {
  Child const child([&] { return ::flock(port.open(), LOCK_EX | LOCK_NB) == 0; });
  locks.write("LCK..ttyVM0", lock_text(child.pid));
  EXPECT_THAT(claims(port.tty(), {{locks.path()}, {child.pid}}).value(), IsEmpty());
  EXPECT_THAT(ask(Refusal::none, -1, {child.pid}).claims, IsEmpty());
  EXPECT_THAT(found(), SizeIs(3));
}

TEST_F(Holders, a_lock_file_counts_in_either_spelling) {
  Child const child([] { return true; });
  for (std::string const& name : {std::string("LCK..ttyVM0"), "LCK..pts_" + port.number()}) {
    auto const path = locks.write(name, lock_text(child.pid));
    auto const claims = found();
    ASSERT_THAT(claims, ElementsAre(by(child.pid, Kind::lock_file)));
    EXPECT_THAT(sentence(claims[0]), EndsWith("holds ttyVM0: lock file " + path));
    std::filesystem::remove(path);
  }
  locks.write("LCK..ttyVM1", lock_text(child.pid));
  EXPECT_THAT(found(), IsEmpty()) << "another tty's";
}

TEST_F(Holders, a_lock_file_with_a_binary_pid_counts) {
  Child const child([] { return true; });
  locks.write("LCK..ttyVM0", std::string(reinterpret_cast<char const*>(&child.pid), sizeof child.pid));
  EXPECT_THAT(found(), ElementsAre(by(child.pid, Kind::lock_file)));
}

TEST_F(Holders, one_lock_folder_by_two_names_is_read_once) {
  Child const child([] { return true; });
  locks.write("LCK..ttyVM0", lock_text(child.pid));
  std::filesystem::create_directory_symlink(locks.path(), names / "lock");
  EXPECT_THAT(claims(port.tty(), {{locks.path(), names / "lock"}, {}}).value(), SizeIs(1));
}

TEST_F(Holders, a_lock_file_of_a_process_that_is_gone_is_stale_and_blocks_nobody) {
  Child child([] { return true; });
  auto const path = locks.write("LCK..ttyVM0", lock_text(child.pid));
  child.end();
  auto const found = ask(Refusal::none);
  EXPECT_THAT(found.claims, IsEmpty());
  ASSERT_THAT(found.stale, SizeIs(1));
  EXPECT_EQ(found.stale[0].what, path);
}

TEST_F(Holders, a_lock_file_whose_pid_was_used_again_is_stale) {
  Child const child([] { return true; });
  set_age(locks.write("LCK..ttyVM0", lock_text(child.pid)), std::chrono::hours(1));
  auto const found = ask(Refusal::none);
  EXPECT_THAT(found.claims, IsEmpty());
  EXPECT_THAT(found.stale.at(0).why, HasSubstr("younger"));
}

TEST_F(Holders, a_lock_file_for_an_earlier_pts_of_the_number_is_stale_though_its_process_lives) {
  Child const child([] { return true; });
  auto const old = locks.write("LCK..pts_" + port.number(), lock_text(child.pid));
  auto tty = port.tty();
  tty.born = std::chrono::system_clock::now() + std::chrono::seconds(5);
  auto const found = survey(Question{tty, -1, Refusal::none, {}}, options()).value();
  EXPECT_THAT(found.claims, IsEmpty());
  ASSERT_THAT(found.stale, SizeIs(1));
  EXPECT_EQ(found.stale[0].what, old);
  locks.write("LCK..ttyVM0", lock_text(child.pid));
  EXPECT_THAT(survey(Question{tty, -1, Refusal::none, {}}, options())->claims, SizeIs(1))
      << "the name outlives the pts";
}

TEST_F(Holders, flock_is_seen_and_named) {
  Child const child([&] { return ::flock(port.open(), LOCK_EX | LOCK_NB) == 0; });
  ASSERT_TRUE(child.made);
  auto const claims = found();
  EXPECT_THAT(claims, ElementsAre(by(child.pid, Kind::flock), by(child.pid, Kind::open)));
  EXPECT_THAT(sentence(claims), EndsWith("holds ttyVM0: flock, open " + port.target));
}

TEST_F(Holders, a_flock_whose_taker_left_it_to_a_child_is_the_childs) {
  int const fd = port.open();
  Child taker([&] { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; });
  Child const heir([] { return true; });
  ::close(fd);
  taker.end();
  EXPECT_THAT(found(), ElementsAre(by(heir.pid, Kind::flock), by(heir.pid, Kind::open)));
}

TEST_F(Holders, a_record_lock_is_seen_and_named) {
  Child const child([&] {
    struct flock range {};
    range.l_type = F_WRLCK;
    return ::fcntl(port.open(), F_SETLK, &range) == 0;
  });
  if (!child.made) GTEST_SKIP() << "this system has no record locks on ptys";
  EXPECT_THAT(found(), Contains(by(child.pid, Kind::record_lock)));
}

TEST_F(Holders, the_exclusive_mark_is_that_of_whoever_has_it_open) {
  io::Fd const ours(port.open());
  Child const child([&] { return ::close(ours.get()) == 0 && ::ioctl(port.open(), TIOCEXCL) == 0; });
  ASSERT_TRUE(child.made);
  EXPECT_THAT(ask(Refusal::none, ours.get(), {::getpid()}).claims,
              ElementsAre(by(child.pid, Kind::exclusive), by(child.pid, Kind::open)));
}

TEST_F(Holders, with_several_the_exclusive_mark_is_of_one_of_them) {
  Child const bystander([&] { return holds_open(); });
  Child const child([&] { return ::ioctl(port.open(), TIOCEXCL) == 0; });
  auto const claims = ask(Refusal::open).claims;
  ASSERT_THAT(claims, SizeIs(4));
  EXPECT_THAT(claims, Contains(by(child.pid, Kind::exclusive)));
  EXPECT_THAT(claims[0].evidence, EndsWith("(of one of those that have it open)"));
}

TEST_F(Holders, an_exclusive_mark_that_outlived_its_program_is_not_blamed_on_anybody_seen) {
  Child child([&] { return ::ioctl(port.open(), TIOCEXCL) == 0; });
  child.end();
  auto const found = ask(Refusal::open);
  if (found.unreadable == 0 && sees_all_namespaces()) {
    EXPECT_THAT(found.claims, IsEmpty());
    ASSERT_THAT(found.stale, SizeIs(1));
    EXPECT_EQ(found.stale[0].what, "TIOCEXCL");
  } else {
    ASSERT_THAT(found.claims, SizeIs(1));
    EXPECT_EQ(found.claims[0].kind, Kind::outside);
  }
}

TEST_F(Holders, a_refused_open_is_the_holders_to_explain) {
  Child const child([&] { return ::ioctl(port.open(), TIOCEXCL) == 0; });
  Child const stranger([&] { return ::setuid(nobody) == 0 && port.open() < 0 && errno == EBUSY; });
  if (!stranger.made) GTEST_SKIP() << "not allowed to change the user";
  auto const claims = ask(Refusal::open).claims;
  EXPECT_THAT(claims, ElementsAre(by(child.pid, Kind::exclusive), by(child.pid, Kind::open)));
  EXPECT_THAT(sentence(claims), HasSubstr("TIOCEXCL (EBUSY on open)"));
}

/// Only root can become another user than the one he is.
bool become_nobody() { return ::geteuid() == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0; }

/// Runs `see` in a child and gives back what it wrote: for what must be seen by another user or elsewhere.
std::string seen_by_child(std::function<std::string()> const& see) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  pid_t const pid = ::fork();
  if (pid == 0) {
    std::string const text = see();
    ::_exit(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  ssize_t const n = ::read(ends[0], text.data(), text.size());
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  return text;
}

TEST_F(Holders, an_ordinary_user_is_told_that_the_privilege_to_see_is_missing) {
  Child const child([&] { return ::ioctl(port.open(), TIOCEXCL) == 0; });
  auto const text = seen_by_child([&]() -> std::string {
    if (!become_nobody()) return "skip";
    auto const found = ask(Refusal::open);
    return found.unreadable == 0 ? "saw all" : sentence(found.claims);
  });
  if (text == "skip") GTEST_SKIP() << "not allowed to change the user";
  EXPECT_THAT(text, AllOf(StartsWith("a process outside holds ttyVM0: EBUSY on open"), HasSubstr("privilege"),
                          EndsWith("is missing")));
}

TEST_F(Holders, an_ordinary_user_sees_lock_files_and_flock_of_others) {
  Child const child([&] { return ::flock(port.open(), LOCK_EX | LOCK_NB) == 0; });
  auto const text = seen_by_child([&]() -> std::string {
    if (!become_nobody()) return "skip";
    return sentence(found());
  });
  if (text == "skip") GTEST_SKIP() << "not allowed to change the user";
  EXPECT_THAT(text, AllOf(HasSubstr("pid " + std::to_string(child.pid)), EndsWith("holds ttyVM0: flock")));
}

TEST_F(Holders, a_holder_in_another_pid_namespace_is_a_process_outside) {
  Child const child([&] { return ::ioctl(port.open(), TIOCEXCL) == 0; });
  // The one that asks is in a namespace of its own, with a /proc of its own: the holder has no pid there.
  auto const text = seen_by_child([&]() -> std::string {
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) return "skip";
    return seen_by_child([&] {
      return std::system("mount --make-rprivate / && mount -t proc proc /proc") != 0
                 ? std::string("skip")
                 : sentence(ask(Refusal::open).claims);
    });
  });
  if (text == "skip") GTEST_SKIP() << "this system does not let us have a pid namespace";
  EXPECT_THAT(text, AllOf(StartsWith("a process outside holds ttyVM0"), HasSubstr("another pid namespace")));
}

TEST_F(Holders, many_ttys_are_asked_about_in_one_walk) {
  std::vector<std::unique_ptr<Port>> ports;
  std::vector<Question> questions;
  for (int i = 1; i <= 50; ++i) {
    ports.push_back(std::make_unique<Port>(names, "ttyVM" + std::to_string(i)));
    questions.push_back({ports.back()->tty(), -1, Refusal::none, {}});
  }
  Child const first([&] { return ports[3]->open() >= 0; }), second([&] { return ports[40]->open() >= 0; });
  locks.write("LCK..ttyVM8", lock_text(first.pid));
  auto const found = survey(questions, options()).value();
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i].claims.size(), i == 3 || i == 40 || i == 7 ? 1u : 0u) << i;
  EXPECT_THAT(found[40].claims, ElementsAre(by(second.pid, Kind::open)));
  EXPECT_EQ(found[40].claims[0].tty, "ttyVM41");
}

TEST(LockRows, rows_of_proc_locks_are_read_as_proc_5_gives_them) {
  auto const row = parse_lock_row("12: FLOCK  ADVISORY  WRITE 812 00:1a:10 0 EOF");
  ASSERT_TRUE(row);
  EXPECT_EQ(*row, (KernelLock{Kind::flock, 812, 0x1a, 10}));
  EXPECT_EQ(parse_lock_row("1: OFDLCK ADVISORY  READ -1 00:1a:10 0 0")->pid, -1);
  EXPECT_EQ(parse_lock_row("1: POSIX  ADVISORY  WRITE 9 00:1a:10 0 0")->kind, Kind::record_lock);
  for (std::string_view other :
       {"", "1:", "1: -> FLOCK  ADVISORY  WRITE 813 00:1a:10 0 EOF", "1: FLOCK a b c",
        "1: LEASE  ACTIVE    READ  9 00:1a:10 0 EOF", "1: FLOCK a b 1 00:1a"})
    EXPECT_FALSE(parse_lock_row(other)) << other;
}

TEST(Sentences, what_is_known_of_nobody_is_said_so) {
  Claim claim{Kind::lock_file, {}, {}, "ttyVM0", "lock file /var/lock/LCK..ttyVM0"};
  EXPECT_THAT(sentence(claim), StartsWith("an unknown program (since 19"));
  EXPECT_EQ(sentence(std::span<Claim const>()), "");
  EXPECT_EQ(name(Kind::outside), "outside");
}

TEST(Sentences, further_holders_follow_the_first) {
  std::vector<Claim> const claims{{Kind::flock, {7, 0, "tio", "anna", {}}, {}, "ttyVM0", "flock"},
                                  {Kind::open, {7, 0, "tio", "anna", {}}, {}, "ttyVM0", "open /dev/pts/1"},
                                  {Kind::open, {9, 0, "cat", "root", {}}, {}, "ttyVM0", "open /dev/pts/1"}};
  EXPECT_THAT(sentence(claims),
              AllOf(StartsWith("tio (pid 7, user anna"), HasSubstr(": flock, open /dev/pts/1"),
                    HasSubstr("; also cat (pid 9, user root")));
}

}  // namespace
}  // namespace offhook::holder
