// A page that could not be shown: its part was not downloaded, or it failed while it was drawn. Everything around it goes on.

import { Button } from 'antd';
import { Component, type ReactNode } from 'react';
import { useT } from '../app';
import { Tag } from './common';

/** Browsers and the bundler call it differently. */
const NOT_THERE = /dynamically imported module|importing a module|preload CSS|Load failed/i;

/** Keeps the fault of a page to its place; another page, by `key`, starts anew. */
export class Kept extends Component<{ children: ReactNode }, { fault: unknown }> {
  override state: { fault: unknown } = { fault: null };

  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }

  override render() {
    return this.state.fault === null ? this.props.children : <Broken of={this.state.fault} />;
  }
}

function Broken({ of }: { of: unknown }) {
  const t = useT();
  const isAway = NOT_THERE.test(String(of));
  return (
    <div className="fault" role="alert">
      <Tag meaning={isAway ? 'attention' : 'wrong'}>{isAway ? t.networkFault : t.pageFault}</Tag>
      <p>{isAway ? t.pageAwayHint : t.pageFaultHint}</p>
      <Button onClick={() => location.reload()}>{t.retry}</Button>
    </div>
  );
}
