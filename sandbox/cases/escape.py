# Programs that want out: files, processes, the network, the kernel, their neighbours. They return a wrong sum on
# purpose; what they must not get is ATTACK-HIT.
# %% read-passwd | call | runtime-error wrong-answer security-violation | nothing but Python's library can be read
def add(a, b):
    print("ATTACK-HIT", open("/etc/passwd").read())
# %% read-proc-self | call | runtime-error wrong-answer security-violation |
def add(a, b):
    for name in ("environ", "maps", "mem", "cmdline", "mountinfo"):
        try:
            print("ATTACK-HIT", len(open("/proc/self/" + name, "rb").read(10)))
        except OSError:
            pass
# %% read-home | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    for folder in ("/root", "/home", "/etc", "/var", "/run", "/sys", "/proc", "/boot", "/opt/secret"):
        try:
            print("ATTACK-HIT", folder, len(os.listdir(folder)) > 0 or 1 / 0)
        except (OSError, ZeroDivisionError):
            pass
# %% write-library | call | runtime-error wrong-answer security-violation |
import json
def add(a, b):
    open(json.__file__, "a").write("#")
    print("ATTACK-HIT")
# %% write-root | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    for folder in ("/", "/usr", "/usr/lib", "/tmp", "/var/tmp", "/dev/shm"):
        try:
            os.close(os.open(folder + "/assay-escape", os.O_CREAT | os.O_WRONLY))
            print("ATTACK-HIT" if folder not in ("/tmp",) else "", folder)
        except OSError:
            pass
# %% symlink-out | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    os.symlink("/etc", "/scratch/etc")
    print("ATTACK-HIT", open("/scratch/etc/passwd").read())
# %% hard-link-library | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    os.link(os.__file__, "/scratch/os.py")
    print("ATTACK-HIT")
# %% rename-library | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    os.rename(os.__file__, os.__file__ + "x")
    print("ATTACK-HIT")
# %% dot-dot | call | runtime-error wrong-answer security-violation |
import os
def add(a, b):
    os.chdir("/scratch")
    for _ in range(20):
        os.chdir("..")
    print("ATTACK-HIT" if os.path.exists("etc/passwd") else "")
# %% open-directory-descriptors | call | runtime-error wrong-answer security-violation | no descriptor leads out
import os
def add(a, b):
    for fd in range(3, 1024):
        try:
            os.fchdir(fd)
            print("ATTACK-HIT", fd, os.listdir("."))
        except OSError:
            pass
# %% descriptors-beyond-the-limit | call | runtime-error wrong-answer security-violation | what was open before is closed
import os
def add(a, b):
    for fd in list(range(4, 4096)):
        try:
            os.fstat(fd)
            print("ATTACK-HIT", fd)
        except OSError:
            pass
# %% shell | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    print("ATTACK-HIT" if os.system("true") == 0 else "")
# %% subprocess | call | security-violation runtime-error wrong-answer |
import subprocess
def add(a, b):
    print("ATTACK-HIT", subprocess.run(["/bin/true"]))
# %% exec-python | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    os.execv("/usr/bin/python3", ["python3", "-c", "print('ATTACK-HIT')"])
# %% exec-memory-file | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    fd = os.memfd_create("x")
    os.write(fd, b"#!/bin/sh\necho ATTACK-HIT\n")
    os.execve(fd, ["x"], {})
# %% exec-scratch-file | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    open("/scratch/x", "wb").write(b"#!/bin/sh\necho ATTACK-HIT\n")
    os.chmod("/scratch/x", 0o755)
    os.execv("/scratch/x", ["x"])
# %% fork | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    if os.fork() == 0:
        print("ATTACK-HIT", flush=True)
        os._exit(0)
# %% vfork-by-number | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(58) == 0:
        libc._exit(0)
    print("ATTACK-HIT" if ctypes.get_errno() == 0 else "")
# %% clone3 | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    arguments = (ctypes.c_uint64 * 11)()
    pid = ctypes.CDLL(None).syscall(435, arguments, ctypes.sizeof(arguments))
    print("ATTACK-HIT" if pid >= 0 else "", flush=True)
# %% multiprocessing | call | security-violation runtime-error wrong-answer |
import multiprocessing
def add(a, b):
    multiprocessing.Process(target=print, args=("ATTACK-HIT",)).start()
# %% daemonize | call | security-violation runtime-error wrong-answer | nothing survives the verdict
import os, time
def add(a, b):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
# %% kill-everybody | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    for pid in (-1, 0, 1, os.getppid(), 2, 3):
        try:
            os.kill(pid, 9)
            print("ATTACK-HIT", pid)
        except OSError:
            pass
# %% signal-other-threads | call | security-violation runtime-error wrong-answer |
import ctypes, os
def add(a, b):
    libc = ctypes.CDLL(None)
    for pid in range(1, 5000):
        if pid != os.getpid() and libc.syscall(234, pid, pid, 0) == 0:
            print("ATTACK-HIT", pid)
# %% ptrace-parent | call | security-violation runtime-error wrong-answer |
import ctypes, os
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0 else "")
# %% read-other-memory | call | security-violation runtime-error wrong-answer |
import ctypes, os
def add(a, b):
    buffer = (ctypes.c_char * 8)()
    local = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 8)
    remote = (ctypes.c_uint64 * 2)(0x400000, 8)
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(310, os.getppid(), local, 1, remote, 1, 0) > 0 else "")
# %% limits-of-parent | call | security-violation runtime-error wrong-answer |
import os, resource
def add(a, b):
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1))
    print("ATTACK-HIT")
# %% raise-own-limits | call | security-violation runtime-error wrong-answer |
import resource
def add(a, b):
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print("ATTACK-HIT", kind)
        except (OSError, ValueError):
            pass
# %% scheduling | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    for attempt in (lambda: os.nice(-5), lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
                    lambda: os.sched_setaffinity(os.getppid(), {0}),
                    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))):
        try:
            attempt()
            print("ATTACK-HIT")
        except OSError:
            pass
# %% tcp | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    socket.create_connection(("127.0.0.1", 80), timeout=0.1)
    print("ATTACK-HIT")
# %% udp-dns | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    print("ATTACK-HIT", socket.gethostbyname("example.com"))
# %% unix-socket | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    s = socket.socket(socket.AF_UNIX)
    print("ATTACK-HIT")
# %% netlink | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    print("ATTACK-HIT")
# %% vsock | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    socket.socket(40, socket.SOCK_STREAM)
    print("ATTACK-HIT")
# %% packet-socket | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    print("ATTACK-HIT")
# %% socketpair | call | security-violation runtime-error wrong-answer |
import socket
def add(a, b):
    socket.socketpair()
    print("ATTACK-HIT")
# %% link-is-no-way-in | call | security-violation runtime-error wrong-answer | no descriptor can be sent along it
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None, use_errno=True)
    print("ATTACK-HIT" if libc.sendmsg(3, ctypes.byref((ctypes.c_char * 56)()), 0) >= 0 else "")
# %% io-uring | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    parameters = (ctypes.c_char * 120)()
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(425, 8, parameters) >= 0 else "")
# %% bpf | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(321, 0, (ctypes.c_char * 120)(), 120) >= 0 else "")
# %% perf-events | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(298, (ctypes.c_char * 120)(), 0, -1, -1, 0) >= 0 else "")
# %% userfaultfd | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(323, 0) >= 0 else "")
# %% keyring | call | security-violation runtime-error wrong-answer | keys outlive programs
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    print("ATTACK-HIT" if libc.syscall(248, b"user", b"assay", b"x", 1, -3) >= 0 else "")
# %% new-namespaces | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    for flags in (0x10000000, 0x20000, 0x40000000, 0x20000000):
        if libc.unshare(flags) == 0:
            print("ATTACK-HIT", hex(flags))
# %% mount | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    print("ATTACK-HIT" if libc.mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None) == 0 else "")
# %% chroot | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    os.chroot("/scratch")
    print("ATTACK-HIT")
# %% become-root | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
        try:
            attempt()
            print("ATTACK-HIT")
        except OSError:
            pass
# %% host-name | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).sethostname(b"mine", 4) == 0 else "")
# %% reboot | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).reboot(0) == 0 else "")
# %% clock | call | security-violation runtime-error wrong-answer |
import time
def add(a, b):
    time.clock_settime(time.CLOCK_REALTIME, 0)
    print("ATTACK-HIT")
# %% system-v-memory | call | security-violation runtime-error wrong-answer | segments outlive programs
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    print("ATTACK-HIT" if libc.shmget(0x4242, 4096, 0o1666) >= 0 else "")
# %% posix-memory | call | security-violation runtime-error wrong-answer |
from multiprocessing import shared_memory
def add(a, b):
    shared_memory.SharedMemory(name="assay", create=True, size=4096)
    print("ATTACK-HIT")
# %% message-queue | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).msgget(0x4242, 0o1666) >= 0 else "")
# %% terminal-input | call | security-violation runtime-error wrong-answer |
import fcntl, termios
def add(a, b):
    for fd in range(4):
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, b"x")
            print("ATTACK-HIT")
        except OSError:
            pass
# %% devices | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    for name in ("/dev/null", "/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/vda", "/dev/fuse", "/dev/kvm"):
        try:
            os.open(name, os.O_RDONLY)
            print("ATTACK-HIT", name)
        except OSError:
            pass
# %% make-device | call | security-violation runtime-error wrong-answer |
import os, stat
def add(a, b):
    os.mknod("/scratch/mem", 0o600 | stat.S_IFCHR, os.makedev(1, 1))
    print("ATTACK-HIT")
# %% extended-attributes | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    open("/scratch/x", "w").close()
    os.setxattr("/scratch/x", "security.capability", b"x")
    print("ATTACK-HIT")
# %% old-system-calls | call | security-violation runtime-error wrong-answer | the 32-bit table is another one
import ctypes, mmap
def add(a, b):
    code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # getpid by int 0x80
    space = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    space.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(space)))
    print("ATTACK-HIT" if call() > 0 else "")
# %% x32-system-calls | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).syscall(0x40000000 + 39) > 0 else "")
# %% leave-file | call | runtime-error wrong-answer | the next program sees nothing of it
def add(a, b):
    open("/scratch/for-the-next", "w").write("hello")
# %% leave-module | call | runtime-error wrong-answer | no folder of the next interpreter's path can be written
import os, sys
def add(a, b):
    for folder in sys.path + ["/scratch", "/scratch/.local/lib/python3.11/site-packages"]:
        try:
            os.makedirs(folder, exist_ok=True)
            open(folder + "/sitecustomize.py", "w").write("print('ATTACK-HIT')")
        except OSError:
            pass
# %% leave-thread | call | runtime-error wrong-answer |
import threading, time
def forever():
    while True:
        time.sleep(1)
def add(a, b):
    threading.Thread(target=forever, daemon=True).start()
# %% undo-the-filter | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    print("ATTACK-HIT" if libc.prctl(22, 0, 0, 0, 0) == 0 or libc.syscall(317, 0, 0, 0) == 0 else "")
# %% trace-me | call | security-violation runtime-error wrong-answer |
import ctypes
def add(a, b):
    print("ATTACK-HIT" if ctypes.CDLL(None).prctl(0x59616d61, -1, 0, 0, 0) == 0 else "")
# %% core-dump | call | runtime-error | no memory image is written
import ctypes, os
def add(a, b):
    os.chdir("/scratch")
    ctypes.string_at(1)
