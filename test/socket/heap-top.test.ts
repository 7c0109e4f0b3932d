/** Of the memory for reads one block is kept, the highest, so that malloc's heap keeps its size (decision
 * 021). This tests the native module alone, since the library's own memory would lie among the blocks. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { root } from "../support/machine.js";
import { collectAll, memoryIsOdd, noCollector } from "../support/process.js";

interface Native {
  keepHeapTop(bytes: Uint8Array): void;
}

const KIB = 1024;
const skip = noCollector || memoryIsOdd;
const native: Native = createRequire(import.meta.url)(join(root, "native/addon.cjs"));

/** Offers `count` new blocks, which nothing else refers to. */
function offer(count: number, size: number): WeakRef<Buffer>[] {
  return Array.from({ length: count }, () => {
    const block = Buffer.allocUnsafeSlow(size);
    native.keepHeapTop(block);
    return new WeakRef(block);
  });
}

/** Which of the blocks are still there. */
async function kept(blocks: WeakRef<Buffer>[]): Promise<(Buffer | undefined)[]> {
  await collectAll();
  return blocks.map((block) => block.deref()).filter((block) => block !== undefined);
}

test("one block is kept, and no more", { skip }, async () => {
  assert.equal((await kept(offer(200, 64 * KIB))).length, 1);
});

test("a mapping of malloc's own is not the heap's, and too large a block is not kept", {
  skip,
}, async () => {
  const others = [...offer(4, 40 * KIB * KIB), ...offer(4, 9 * KIB * KIB)];
  assert.equal((await kept(others)).length, 0);
});
