//! The numbers of the calls that are refused, and of what they are asked for.

/// What of a socket's second argument is its kind.
pub(super) const SOCKET_KIND: u64 = 0xf;
/// Of `fcntl`.
pub(super) const F_SETLEASE: u64 = 1024;

/// New namespaces, of `clone` and `unshare`.
pub(super) const NEW_NAMESPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;

/// No agent needs these, and most have been a way to more rights than a program had.
pub(super) const NEVER: [i64; 37] = [
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_open_by_handle_at,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
];

/// Without namespaces: what is shared by number. A number is enough where another program made it: the calls that get one by
/// a name are not the only ones.
pub(super) const SHARED: [i64; 16] = [
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_timedsend,
    libc::SYS_mq_timedreceive,
    libc::SYS_mq_notify,
];

/// Without namespaces: what of a file Landlock does not hold.
pub(super) const OWNERS: [i64; 3] = [libc::SYS_fchown, libc::SYS_fchownat, SYS_FILE_SETATTR];

/// The same, which not every file system has: programs that copy files do without where it is "not supported".
pub(super) const ATTRIBUTES: [i64; 8] = [
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
];

/// Puts a letter into a terminal's input, and does so much more on a console.
pub(super) const TIOCSTI: u64 = 0x5412;
pub(super) const TIOCLINUX: u64 = 0x541c;

/// Change a file that is open for reading.
pub(super) const FS_IOC_SETFLAGS: u64 = 0x4008_6602;
pub(super) const FS_IOC_FSSETXATTR: u64 = 0x401c_5820;
pub(super) const FS_IOC_ENABLE_VERITY: u64 = 0x4080_6685;

/// Newer than the C library's list, and the same number everywhere.
pub(super) const SYS_FCHMODAT2: i64 = 452;
const SYS_SETXATTRAT: i64 = 463;
const SYS_REMOVEXATTRAT: i64 = 466;
const SYS_FILE_SETATTR: i64 = 469;

/// What the C library does without. `clone3` and `openat2` pass what they want by reference, where no filter can look;
/// `io_uring` makes calls that no filter sees.
pub(super) const ABSENT: [i64; 5] = [
    libc::SYS_clone3,
    libc::SYS_openat2,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];
