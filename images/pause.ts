import { RootTree } from './oci/root-tree.ts';
import type { Architecture } from './oci/manifest.ts';
import type { ImageRecipe } from './image-recipe.ts';

/** Where the programs are put in memory; anything page-aligned does. */
const loadAddress = 0x40_0000n;
const headersSize = 64 + 56;

/**
 * The machine code of, for both architectures, by the kernel's calling convention:
 *
 *     rt_sigaction(SIGCHLD, &{SIG_IGN}, NULL, 8)      orphans of a shared PID namespace are reaped by the kernel
 *     rt_sigprocmask(SIG_BLOCK, &{SIGINT, SIGTERM}, NULL, 8)
 *     do result = rt_sigtimedwait(&{SIGINT, SIGTERM}, NULL, NULL, 8) while (result < 0)
 *     exit(0)
 *
 * followed by the signal set and the action.
 */
const code: Readonly<Record<Architecture, { readonly elfMachine: number; readonly text: string }>> = {
  amd64: {
    elfMachine: 62,
    text:
      'b80d000000 bf11000000 488d3547000000 31d2 41ba08000000 0f05' +
      'b80e000000 31ff 488d3527000000 31d2 0f05' +
      'b880000000 488d3d17000000 31f6 31d2 0f05 85c0 78ea' +
      'b83c000000 31ff 0f05 0f1f4000',
  },
  arm64: {
    elfMachine: 183,
    text:
      'c81080d2 200280d2 81020010 020080d2 030180d2 010000d4' +
      'e81080d2 000080d2 81010010 020080d2 010000d4' +
      '281180d2 00010010 010080d2 020080d2 010000d4 60ffff37' +
      'a80b80d2 000080d2 010000d4',
  },
};
const signalSet = '0240000000000000';
const ignoreAction = `01${'00'.repeat(31)}`;

/**
 * The program that holds a pod's namespaces, as a static ELF file of 240 bytes: it needs no compiler and one page of memory.
 * It ends with 0 at SIGTERM or SIGINT.
 */
export function pauseProgram(architecture: Architecture): Buffer {
  const { elfMachine, text } = code[architecture];
  const body = Buffer.from((text + signalSet + ignoreAction).replaceAll(' ', ''), 'hex');
  const elf = Buffer.alloc(headersSize);
  elf.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  elf.writeUInt16LE(2, 16); // an executable at fixed addresses
  elf.writeUInt16LE(elfMachine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(loadAddress + BigInt(headersSize), 24); // entry point
  elf.writeBigUInt64LE(64n, 32); // the one program header follows this header
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // load …
  elf.writeUInt32LE(5, 68); // … readable and executable
  elf.writeBigUInt64LE(loadAddress, 80);
  elf.writeBigUInt64LE(loadAddress, 88);
  elf.writeBigUInt64LE(BigInt(headersSize + body.length), 96);
  elf.writeBigUInt64LE(BigInt(headersSize + body.length), 104);
  elf.writeBigUInt64LE(0x1_0000n, 112); // arm64 kernels may have pages of 64 KiB
  return Buffer.concat([elf, body]);
}

/** Stands in for the image of the Kubernetes project, under the name that kubeadm 1.36 asks for. */
export const pause: ImageRecipe = {
  name: 'pause',
  reference: 'registry.k8s.io/pause:3.10.2',
  architectures: ['amd64', 'arm64'],
  inputs: () => 'code',
  make: async (architecture) => ({
    settings: {
      entrypoint: ['/pause'],
      user: '65535:65535',
      environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    layers: [{ about: 'pause', tree: () => new RootTree().program('pause', pauseProgram(architecture)) }],
  }),
};
