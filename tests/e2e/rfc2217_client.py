"""A remote client of a port by python3-serial's rfc2217://. One command a line on standard input, one answer a line:
'ok ...' or 'no ...'. It knows nothing of what is at the other end."""
import sys
import time

import serial
import serial.rfc2217

PATIENCE = 30


class Client(serial.rfc2217.Serial):
    """Keeps what the server said on its own account, which the library drops in part."""

    def __init__(self, *arguments, **keywords):
        self.told = set()
        super().__init__(*arguments, **keywords)

    def _telnet_process_subnegotiation(self, suboption):
        self.told.add(tuple(suboption[1:]))
        super()._telnet_process_subnegotiation(suboption)


def eventually(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def carry_out(port, verb, words):
    if verb == 'set':  # an attribute of the port, and its value
        value = int(words[1]) if words[1].isdigit() else words[1]
        setattr(port, words[0], value)
        return True
    if verb == 'get':
        return True, getattr(port, words[0])
    if verb == 'wait':  # a line, and its state
        return eventually(lambda: getattr(port, words[0]) == (words[1] == 'on'))
    if verb == 'told':  # a command of the server's and its value
        return eventually(lambda: tuple(map(int, words)) in port.told)
    if verb == 'say':  # a command of the client's and its value
        port.rfc2217_send_subnegotiation(bytes([int(words[0])]), bytes(map(int, words[1:])))
        return True
    if verb == 'write':
        port.write(' '.join(words).encode().decode('unicode_escape').encode('latin-1'))
        return True
    if verb == 'fill':  # so many bytes
        port.write(b'f' * int(words[0]))
        return True
    if verb == 'expect':
        wanted = ' '.join(words).encode().decode('unicode_escape').encode('latin-1')
        seen = b''
        end = time.monotonic() + PATIENCE
        while wanted not in seen and time.monotonic() < end:
            seen += port.read(1)
        return wanted in seen, repr(seen)
    if verb == 'count':  # what comes until so many bytes have
        seen = 0
        end = time.monotonic() + PATIENCE
        while seen < int(words[0]) and time.monotonic() < end:
            seen += len(port.read(min(4096, int(words[0]) - seen)))
        return seen == int(words[0]), seen
    if verb == 'silent':  # nothing comes for so long
        port.timeout = float(words[0])
        seen = port.read(1)
        port.timeout = 0.1
        return seen == b'', repr(seen)
    return False, 'no such verb'


def main():
    try:
        port = Client(sys.argv[1], baudrate=115200, timeout=0.1)
    except serial.SerialException as why:
        print('no', why, flush=True)
        return 1
    print('ok open', flush=True)
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            answer = carry_out(port, verb, words)
        except (serial.SerialException, ValueError) as why:
            answer = False, why
        done, what = answer if isinstance(answer, tuple) else (answer, '')
        print('ok' if done else 'no', what, flush=True)
    port.close()
    return 0


sys.exit(main())
