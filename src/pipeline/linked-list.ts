/** An element of a list: it knows its own place, so that it can leave in constant time. */
export interface Listed<T extends Listed<T>> {
  list: LinkedList<T> | undefined;
  previous: T | undefined;
  next: T | undefined;
}

/**
 * First in, first out, and out of the middle in constant time: what waiting calls and deadlines need.
 * A Set would do too, at ten times the cost per command.
 */
export class LinkedList<T extends Listed<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  append(item: T): void {
    item.list = this;
    item.previous = this.#last;
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.#size++;
  }

  /** Takes an item out; one that is not in this list stays where it is. */
  remove(item: T): void {
    if (item.list !== this) return;
    const { previous, next } = item;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    item.list = item.previous = item.next = undefined;
    this.#size--;
  }

  shift(): T | undefined {
    const item = this.#first;
    if (item) this.remove(item);
    return item;
  }
}
