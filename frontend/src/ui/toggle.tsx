import { Switch } from 'react-aria-components';

/** On or off. */
export function Toggle({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <Switch className="toggle" isSelected={isOn} onChange={onChange}>
      <span className="toggle-mark" aria-hidden="true" />
      {label}
    </Switch>
  );
}
